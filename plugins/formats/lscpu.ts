import { tidy } from './cpuinfo.ts'
import { cpuList, MOST_CPUS, type LogicalCpu } from './cpu-topology.ts'
import { integerOrNull, lines, textOrNull } from './text.ts'

/** What `lscpu` sums up. It says numbers of sockets and cores, not which CPU is where. */
export interface LscpuSummary {
  readonly sockets: number | null
  readonly cores: number | null
  /** Online logical CPUs. */
  readonly threads: number | null
  readonly present: number | null
  readonly models: readonly string[]
  readonly vendor: string | null
  /** Of all kinds of cores the highest. */
  readonly maxMHz: number | null
  readonly numaNodes: number | null
}

/**
 * Reads the lines of `lscpu`, of any version. Since util-linux 2.37, models of a hybrid or big.LITTLE host follow each other, each with its
 * own cores and sockets, and lines below others are indented.
 */
export function parseLscpu(text: string): LscpuSummary | null {
  const all = new Map<string, string>()
  const types: Map<string, string>[] = []
  const models: string[] = []
  let maxMHz: number | null = null
  for (const line of lines(text)) {
    const at = line.indexOf(':')
    if (at < 1) continue
    const key = line.slice(0, at).trim()
    const value = line.slice(at + 1).trim()
    if (key === 'Model name') {
      const model = textOrNull(value)
      if (model !== null && model !== '-') models.push(tidy(model))
      // No chip has more kinds of cores than it has cores.
      if (types.push(new Map()) > MOST_CPUS) return null
    }
    if (key === 'CPU max MHz') maxMHz = Math.max(maxMHz ?? 0, mhzOrNull(value) ?? 0) || null
    types.at(-1)?.set(key, value)
    if (!all.has(key)) all.set(key, value)
  }
  // s390 has no name for its models but the machine's number.
  const machine = textOrNull(all.get('Machine type'))
  if (models.length === 0 && machine !== null) models.push(machine)
  const present = integerOrNull(all.get('CPU(s)'))
  if (present === null) return null
  const online = cpuList(all.get('On-line CPU(s) list')) ?? maskBits(all.get('On-line CPU(s) mask'))
  const threads = online?.size ?? present
  const counted = (types.length > 1 ? types.filter((type) => type.has('Socket(s)')) : [all]).map(countsOf)
  const cores = sum(counted.map((one) => one.cores))
  const sockets = counted.length > 1 ? Math.max(...counted.map((one) => one.sockets ?? 0)) || null : (counted[0]?.sockets ?? null)
  return {
    // With CPUs offline, the numbers per core and per socket are of one of them, or of all that are present.
    sockets: sockets !== null && sockets <= threads ? sockets : null,
    cores: cores !== null && cores <= threads && (sockets === null || cores >= sockets) ? cores : null,
    threads,
    present,
    models: [...new Set(models)],
    vendor: textOrNull(all.get('Vendor ID')),
    maxMHz,
    numaNodes: integerOrNull(all.get('NUMA node(s)')),
  }
}

/** Rows of `lscpu -p`, by the column names in its last comment line. Offline CPUs are not there. */
export function parseLscpuTable(text: string): LogicalCpu[] {
  let columns = ['cpu', 'core', 'socket']
  const cpus = new Map<number, LogicalCpu>()
  for (const line of lines(text)) {
    if (line.startsWith('#')) {
      const names = line.slice(1).trim().toLowerCase().split(',')
      if (names.includes('cpu')) columns = names
      continue
    }
    const cells = line.trim().split(',')
    const cell = (name: string): number | null => integerOrNull(cells[columns.indexOf(name)])
    const [cpu, socket, core] = [cell('cpu'), cell('socket'), cell('core')]
    if (cpu !== null) cpus.set(cpu, { cpu, socket: socket?.toString() ?? null, core: core?.toString() ?? null, socketId: socket })
    if (cpus.size > MOST_CPUS) return []
  }
  return [...cpus.values()]
}

/** Sockets per book, books per drawer and drawers are multiplied (s390); so are cores per cluster (ARM without ACPI tables). */
function countsOf(fields: ReadonlyMap<string, string>): { readonly sockets: number | null; readonly cores: number | null } {
  const count = (key: string): number | null => {
    const number = integerOrNull(fields.get(key))
    return number !== null && number > 0 && number <= MOST_CPUS ? number : null
  }
  const books = count('Book(s)') ?? (count('Book(s) per drawer') ?? 1) * (count('Drawer(s)') ?? 1)
  const perBook = count('Socket(s) per book')
  // "CPU socket(s)" in util-linux before 2.19, which is RHEL 6.
  const sockets = count('Socket(s)') ?? count('CPU socket(s)') ?? (perBook === null ? null : perBook * books)
  const perSocket = count('Core(s) per socket')
  const perCluster = count('Core(s) per cluster')
  if (perSocket !== null && sockets !== null) return { sockets, cores: perSocket * sockets }
  return { sockets, cores: perCluster === null ? null : perCluster * (count('Cluster(s)') ?? 1) }
}

function sum(numbers: readonly (number | null)[]): number | null {
  let total = 0
  for (const number of numbers) {
    if (number === null) return null
    total += number
  }
  return total === 0 ? null : total
}

/** `lscpu -x` prints masks. */
function maskBits(mask: string | undefined): Set<number> | null {
  const hex = mask?.trim().replace(/^0x/, '') ?? ''
  if (!/^[0-9a-fA-F]{1,4096}$/.test(hex)) return null
  const bits = new Set<number>()
  for (const [index, digit] of hex.split('').toReversed().entries()) {
    for (let bit = 0; bit < 4; bit++) if ((Number.parseInt(digit, 16) >> bit) & 1) bits.add(index * 4 + bit)
  }
  return bits
}

function mhzOrNull(value: string | undefined): number | null {
  const match = /^(\d{1,6})(?:[.,]\d{1,8})?$/.exec(value?.trim() ?? '')
  return match === null || match[1] === '0' ? null : Number(match[1])
}
