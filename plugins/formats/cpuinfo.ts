import type { Probe } from '../define.ts'
import { armModel, armVendor } from './arm-cpus.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { MOST_CPUS, type LogicalCpu } from './cpu-topology.ts'

/**
 * /proc/cpuinfo, with what is the same for every logical CPU only of the first: the flags alone are 400 KB on a host of 256 CPUs.
 * The key `cpuinfo` of every plugin that reads it.
 */
export const CPUINFO: Probe = {
  needs: ['/proc/cpuinfo'],
  sh: `[ -r /proc/cpuinfo ] || exit 127
exec sed -e '1,/^[[:space:]]*$/b' -e '/^flags/d' -e '/^vmx flags/d' -e '/^bugs/d' -e '/^Features/d' /proc/cpuinfo`,
}

/** Lines of /proc/cpuinfo that belong together, by the kernel's own words. */
type Block = Map<string, string>

export interface CpuInfo {
  /** What the kernel says of one logical CPU, by its number. Offline CPUs are not there. */
  readonly cpus: ReadonlyMap<number, ReadonlyMap<string, string>>
  /** What it says once for all of them: board, platform, on s390 the vendor. */
  readonly common: ReadonlyMap<string, string>
}

/**
 * Reads /proc/cpuinfo of any architecture: one block for each CPU, parted by blank lines. s390 has a line for each and blocks besides, SPARC
 * and Alpha have one block for all.
 */
export function parseCpuInfo(text: string): CpuInfo {
  const cpus = new Map<number, Block>()
  const common: Block = new Map()
  let block: Block = new Map()
  const close = (): void => {
    const cpu = integerOrNull(block.get('processor') ?? block.get('cpu number'))
    const into = cpu === null || cpu < 0 ? common : (cpus.get(cpu) ?? new Map<string, string>())
    for (const [key, value] of block) into.set(key, value)
    if (cpu !== null && cpu >= 0) cpus.set(cpu, into)
    block = new Map()
  }
  for (const raw of text.split('\n')) {
    const line = raw.trim()
    const at = line.indexOf(':')
    if (line === '') close()
    if (at < 1) continue
    const key = line.slice(0, at).trimEnd()
    const value = line.slice(at + 1).trim()
    const numbered = /^processor (\d{1,6})$/.exec(key)
    // "CPU0:		online" of SPARC, which has no such line where its kernel knows one CPU only.
    const online = value === 'online' ? /^CPU(\d{1,6})$/.exec(key) : null
    if (numbered !== null) cpus.set(Number(numbered[1]), s390(value))
    else if (online !== null) cpus.set(Number(online[1]), new Map())
    else {
      if (key === 'processor' && block.has(key)) close()
      block.set(key, value)
    }
  }
  close()
  if (cpus.size === 0) for (let cpu = 0; cpu < unnumbered(common); cpu++) cpus.set(cpu, new Map())
  return { cpus, common }
}

/** How many CPUs are online of which the kernel numbers none: SPARC and Alpha count them. */
function unnumbered(common: Block): number {
  const active = integerOrNull(common.get('ncpus active') ?? common.get('cpus active'))
  if (active !== null) return active <= MOST_CPUS ? active : 0
  // Before Linux 3.8, ARM with one CPU did not number it. On Alpha, a kernel that says no more than how many were detected runs on one.
  return ['CPU implementer', 'Processor', 'cpus detected'].some((key) => common.has(key)) ? 1 : 0
}

/** Model of one CPU, under the name that its maker sells or designs it. */
export function modelOf(cpu: ReadonlyMap<string, string>, common: ReadonlyMap<string, string>): string | null {
  const get = (key: string): string | null => textOrNull(cpu.get(key)) ?? textOrNull(common.get(key))
  const model =
    // Of PA-RISC "model name" is the machine's.
    (get('cpu family')?.startsWith('PA-RISC') === true ? get('cpu') : null) ??
    armModel(get('CPU implementer'), get('CPU part')) ??
    get('model name') ??
    get('Model Name') ??
    get('cpu model') ??
    // POWER; on SPARC too. ia64 before 2.6.24 had the name under "family". RISC-V names the design alone.
    get('cpu') ??
    (get('arch') === 'IA-64' ? get('family') : null) ??
    get('uarch') ??
    get('Processor') ??
    get('machine type')
  return model === null ? null : tidy(model)
}

/** Vendor of one CPU, in the CPU's own words where it has some ("GenuineIntel"). */
export function vendorOf(cpu: ReadonlyMap<string, string>, common: ReadonlyMap<string, string>): string | null {
  const get = (key: string): string | null => textOrNull(cpu.get(key)) ?? textOrNull(common.get(key))
  return get('vendor_id') ?? get('vendor') ?? armVendor(get('CPU implementer')) ?? get('mvendorid')
}

/** Sockets and cores as /proc/cpuinfo numbers them; null for each CPU of which it does not say. */
export function topologyOf({ cpus }: CpuInfo): LogicalCpu[] {
  return [...cpus].map(([cpu, fields]) => {
    const socket = joined(fields, ['drawer id', 'book id', 'physical id']) ?? joined(fields, ['package'])
    const core = joined(fields, ['core id']) ?? joined(fields, ['core'])
    return { cpu, socket, core: socket === null || core === null ? null : `${socket}:${core}` }
  })
}

/** The speed that a model's name promises, in MHz: "@ 2.30GHz" is 2300. */
export function nominalMHz(model: string | null): number | null {
  const match = /(\d{1,2}\.\d{1,3}|\d{1,5}) ?([GM])Hz$/.exec(model?.trimEnd() ?? '')
  return match === null ? null : Math.round(Number(match[1]) * (match[2] === 'G' ? 1000 : 1))
}

/** Model names are padded by some makers to a fixed width, in the middle too. */
export function tidy(model: string): string {
  return model.trim().replace(/\s+/g, ' ')
}

/** "version = 00,  identification = 279F25,  machine = 2817": the number of the machine's type is all that s390 has for a model. */
function s390(value: string): Block {
  const machine = /machine = ([0-9A-Fa-f]{4})\b/.exec(value)?.[1]
  return new Map(machine === undefined ? [] : [['machine type', machine]])
}

function joined(fields: ReadonlyMap<string, string>, keys: readonly string[]): string | null {
  const parts = keys.map((key) => integerOrNull(fields.get(key))).filter((part) => part !== null)
  return fields.has(keys.at(-1)!) && parts.length > 0 ? parts.join('/') : null
}
