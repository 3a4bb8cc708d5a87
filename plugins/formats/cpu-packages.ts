import type { LogicalCpu } from './cpu-topology.ts'

/** One socket that holds online CPUs. */
export interface CpuPackage {
  readonly id: string
  /** Numbers of its online logical CPUs; empty where the source only counts them. */
  readonly cpus: readonly number[]
  readonly cores: number | null
  readonly threads: number | null
  readonly maxMHz: number | null
}

export interface CpuCounts {
  readonly sockets: number | null
  readonly cores: number | null
  readonly threads: number
  /** One for each socket, in their order; null where sockets are not known. */
  readonly packages: readonly CpuPackage[] | null
}

/**
 * Counts sockets and cores. The sources all name the same online CPUs, the most trusted first: sockets are taken from the first that knows
 * the socket of every CPU, cores from the first that knows every core. Null where no source names a CPU.
 */
export function countPackages(sources: readonly (readonly LogicalCpu[])[]): CpuCounts | null {
  const online = sources.find((cpus) => cpus.length > 0)
  if (online === undefined) return null
  const threads = online.length
  const placed = sources.find((cpus) => cpus.length > 0 && cpus.every(({ socket }) => socket !== null))
  const cored = sources.find((cpus) => cpus.length > 0 && cpus.every(({ core }) => core !== null))
  if (placed === undefined) {
    const single = threads === 1 ? 1 : null
    return {
      sockets: single,
      cores: cored === undefined ? single : distinct(cored.map(({ core }) => core)),
      threads,
      packages: single === null ? null : [{ id: '0', cpus: [online[0]!.cpu], cores: 1, threads: 1, maxMHz: online[0]!.maxMHz ?? null }],
    }
  }
  const coreOf = cored === undefined ? null : new Map(cored.map(({ cpu, core }) => [cpu, core]))
  const sockets = [...Map.groupBy(placed, ({ socket }) => socket).values()]
  const ids = idsOf(sockets)
  const packages = sockets.map((cpus, index) => ({
    id: ids[index]!,
    cpus: cpus.map(({ cpu }) => cpu),
    cores: coreOf === null ? (cpus.length === 1 ? 1 : null) : distinct(cpus.map(({ cpu }) => coreOf.get(cpu))),
    threads: cpus.length,
    maxMHz: highest(cpus.map(({ maxMHz }) => maxMHz ?? null)),
  }))
  return { sockets: packages.length, cores: total(packages.map(({ cores }) => cores)), threads: placed.length, packages }
}

/** Sockets of which only the number is known, and that are taken to be alike where the figures divide evenly. */
export function evenPackages(sockets: number, cores: number | null, threads: number, maxMHz: number | null = null): CpuPackage[] {
  const share = (count: number | null): number | null => (count === null || count % sockets !== 0 ? null : count / sockets)
  return Array.from({ length: sockets }, (_, index) => ({
    id: String(index),
    cpus: [],
    cores: share(cores),
    threads: share(threads),
    maxMHz,
  }))
}

/** All CPUs in one socket: where the kernel calls the clusters of one chip sockets. */
export function oneSocket(cpus: readonly LogicalCpu[]): LogicalCpu[] {
  return cpus.map((cpu) => ({ ...cpu, socket: '0', socketId: 0, core: cpu.core === null ? null : `${cpu.socket}:${cpu.core}` }))
}

/** The kernel's numbers of the sockets where each has one of its own, else their order. */
function idsOf(sockets: readonly (readonly LogicalCpu[])[]): string[] {
  const numbers = sockets.map(([first]) => first?.socketId ?? null)
  const own = !numbers.includes(null) && distinct(numbers) === numbers.length
  return sockets.map((_, index) => String(own ? numbers[index] : index))
}

function distinct(values: readonly unknown[]): number {
  return new Set(values).size
}

function total(counts: readonly (number | null)[]): number | null {
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0)
}

function highest(values: readonly (number | null)[]): number | null {
  return values.reduce((most, value) => (value === null ? most : Math.max(most ?? 0, value)), null)
}
