import type { CpuInfo } from './cpuinfo.ts'
import { topologyOf } from './cpuinfo.ts'
import { countPackages, evenPackages, oneSocket, type CpuCounts } from './cpu-packages.ts'
import type { LogicalCpu, SysfsCpu } from './cpu-topology.ts'
import type { LscpuSummary } from './lscpu.ts'
import { integerOrNull } from './text.ts'

/** What is known of one host's CPUs, from several views of them. */
export interface CpuViews {
  readonly info: CpuInfo
  readonly sysfs: SysfsCpu | null
  /** Rows of `lscpu -p`; empty where there are none. */
  readonly table: readonly LogicalCpu[]
  readonly lscpu: LscpuSummary | null
}

/**
 * Sockets, cores and threads: from sysfs first, which knows the topology of every architecture, then from the table of lscpu, then from
 * /proc/cpuinfo, and last from figures that are only counted. Null where no view shows a CPU.
 */
export function countCpus({ info, sysfs, table, lscpu }: CpuViews): CpuCounts | null {
  const online = sysfs === null ? [] : clustersAsSockets(sysfs, info) ? oneSocket(sysfs.online) : sysfs.online
  const counts = countPackages([online, table, topologyOf(info)])
  if (counts !== null && counts.sockets !== null && (counts.cores !== null || lscpu === null)) return counts
  const threads = lscpu?.threads ?? counts?.threads ?? null
  if (threads === null) return null
  const { sockets, cores } = lscpu ?? siblings(info, threads)
  const known = counts?.cores ?? cores
  return { sockets, cores: known, threads, packages: sockets === null ? null : evenPackages(sockets, known, threads) }
}

/** Kernels that number neither sockets nor cores may still say how many threads a socket or a core has. */
function siblings({ cpus, common }: CpuInfo, threads: number): { readonly sockets: number | null; readonly cores: number | null } {
  const first = cpus.values().next().value
  const perSocket = integerOrNull(first?.get('siblings'))
  const cores = integerOrNull(first?.get('cpu cores'))
  if (perSocket !== null && perSocket >= 1 && threads % perSocket === 0) {
    const sockets = threads / perSocket
    return { sockets, cores: cores !== null && cores >= 1 && cores <= perSocket ? cores * sockets : null }
  }
  // s390 since Linux 4.2.
  const perCore = (integerOrNull(common.get('max thread id')) ?? -1) + 1
  return { sockets: null, cores: perCore >= 1 && threads % perCore === 0 ? threads / perCore : null }
}

/** Linux before 6.0 calls an ARM cluster a socket where there are no ACPI tables; several models in several "sockets" are one big.LITTLE chip. */
function clustersAsSockets(sysfs: SysfsCpu, info: CpuInfo): boolean {
  const arm = [...info.cpus.values()].some((fields) => fields.has('CPU implementer'))
  if (!arm || sysfs.clustersAsSockets === 'no') return false
  if (sysfs.clustersAsSockets === 'yes') return true
  const parts = new Set(sysfs.online.map(({ cpu }) => info.cpus.get(cpu)?.get('CPU part')))
  return parts.size > 1
}
