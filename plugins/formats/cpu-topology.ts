import type { Probe } from '../define.ts'
import { integerOrNull, pathValues } from './text.ts'

/** `core_cpus_list` and `package_cpus_list` since Linux 5.3; lists at all since 2.6.26. */
const SIBLINGS =
  'core_cpus_list:package_cpus_list thread_siblings_list:core_siblings_list core_cpus:package_cpus thread_siblings:core_siblings'

const IDS = ['physical_package_id', 'die_id', 'cluster_id', 'book_id', 'drawer_id', 'core_id']

/** What sysfs says of CPUs; the figures that move (current frequency, idle times) are not asked for. */
export const SYSFS_CPU: Probe = {
  sh: `c=/sys/devices/system/cpu
[ -d $c ] || exit 127
for s in ${SIBLINGS}; do
  set -- $c/cpu[0-9]*/topology/\${s%:*}
  [ -e "$1" ] && break
done
[ -d /sys/firmware/acpi/tables ] || [ ! -d /sys/firmware/devicetree/base ] || echo /sys/firmware/devicetree:1
exec grep -Hs '' $c/online $c/present $c/smt/control /sys/devices/system/node/online "$@" $c/cpu[0-9]*/topology/\${s#*:} \\
${IDS.map((name) => `  $c/cpu[0-9]*/topology/${name}`).join(' \\\n')} \\
  $c/cpu[0-9]*/cpufreq/cpuinfo_max_freq $c/cpu0/cpufreq/base_frequency $c/cpu0/acpi_cppc/nominal_freq`,
  okCodes: [0, 1, 2],
}

/** One online logical CPU. CPUs with the same `socket`, or `core`, share it; null where the host does not say. */
export interface LogicalCpu {
  readonly cpu: number
  readonly socket: string | null
  readonly core: string | null
  /** The number that the kernel gives the socket, where it gives one. */
  readonly socketId?: number | null
  readonly maxMHz?: number | null
}

export interface SysfsCpu {
  readonly online: readonly LogicalCpu[]
  /** Logical CPUs that are there, offline ones included. */
  readonly present: number | null
  readonly smt: string | null
  readonly numaNodes: number | null
  readonly baseMHz: number | null
  /** Whether "sockets" may be the clusters of one chip: on ARM described by a device tree, before Linux 6.0. */
  readonly clustersAsSockets: 'yes' | 'no' | 'maybe'
}

/** Reads `path:value` lines of /sys/devices/system/cpu; null where they hold no CPU. */
export function parseSysfsCpu(text: string): SysfsCpu | null {
  const values = pathValues(text)
  const cpus = new Map<number, Map<string, string>>()
  for (const [path, value] of values) {
    const match = /\/cpu(\d{1,6})\/(?:topology|cpufreq)\/(\w+)$/.exec(path)
    if (match === null) continue
    const cpu = Number(match[1])
    const fields = cpus.get(cpu) ?? new Map<string, string>()
    cpus.set(cpu, fields.set(match[2]!, value))
  }
  const online = cpuList(values.get(`${CPU}/online`))
  const numbers = online === null ? [...cpus.keys()].filter((cpu) => values.get(`${CPU}/cpu${cpu}/online`) !== '0') : [...online]
  if (numbers.length === 0) return null
  const clusters = [...cpus.values()].some((fields) => (integerOrNull(fields.get('cluster_id')) ?? -1) >= 0)
  return {
    online: numbers.toSorted((a, b) => a - b).map((cpu) => placeOf(cpu, cpus.get(cpu) ?? new Map<string, string>())),
    present: cpuList(values.get(`${CPU}/present`))?.size ?? null,
    smt: values.get(`${CPU}/smt/control`) ?? null,
    numaNodes: cpuList(values.get('/sys/devices/system/node/online'))?.size ?? null,
    baseMHz: mhz(values.get(`${CPU}/cpu0/cpufreq/base_frequency`)) ?? integerOrNull(values.get(`${CPU}/cpu0/acpi_cppc/nominal_freq`)),
    clustersAsSockets: clusters ? 'no' : values.has('/sys/firmware/devicetree') ? 'yes' : 'maybe',
  }
}

/** Numbers of a list such as `0-3,8`; null where it is none, and for more CPUs than a kernel can have. */
export function cpuList(text: string | undefined): Set<number> | null {
  if (text === undefined) return null
  const numbers = new Set<number>()
  for (const part of text.trim().split(',')) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim())
    if (match === null) return null
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])]
    if (last - first > MOST_CPUS || numbers.size > MOST_CPUS) return null
    for (let number = first; number <= last; number++) numbers.add(number)
  }
  return numbers
}

/** Siblings tell sockets and cores apart where ids repeat (per book on s390, per cluster on ARM) or are -1 (POWER in a partition). */
function placeOf(cpu: number, fields: ReadonlyMap<string, string>): LogicalCpu {
  const id = (name: string): number | null => {
    const number = integerOrNull(fields.get(name))
    return number === null || number < 0 ? null : number
  }
  const path = (...names: string[]): string => names.map((name) => id(name) ?? '').join('/')
  const first = (...names: string[]): string | undefined => names.map((name) => fields.get(name)).find((value) => value !== undefined)
  const socketId = id('physical_package_id')
  const mates = first('package_cpus_list', 'core_siblings_list', 'package_cpus', 'core_siblings')
  const socket = mates ?? (socketId === null ? null : path('drawer_id', 'book_id', 'physical_package_id'))
  const coreId = id('core_id')
  const threads = first('core_cpus_list', 'thread_siblings_list', 'core_cpus', 'thread_siblings')
  // AMD's "compute units" of 2011 are thread siblings in sysfs, but have core ids of their own: they are cores.
  const paired = threads === undefined ? null : `${threads}:${coreId ?? ''}`
  const core = paired ?? (socket === null || coreId === null ? null : `${socket}:${path('die_id', 'core_id')}`)
  return { cpu, socket, core, socketId, maxMHz: mhz(fields.get('cpuinfo_max_freq')) }
}

function mhz(kHz: string | undefined): number | null {
  const number = integerOrNull(kHz)
  return number === null || number <= 0 ? null : Math.round(number / 1000)
}

const CPU = '/sys/devices/system/cpu'

/** Linux's own limit is 8192 (CONFIG_NR_CPUS on x86-64). */
export const MOST_CPUS = 65_536
