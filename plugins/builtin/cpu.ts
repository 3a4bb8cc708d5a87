import type { Static } from 'typebox'
import { firstOf, need, textOf } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { ParseError } from '../errors.ts'
import { choice, integer, list, name, section, text, textSet } from '../fields.ts'
import { countCpus, type CpuViews } from '../formats/cpu-count.ts'
import { CPUINFO, modelOf, nominalMHz, parseCpuInfo, vendorOf } from '../formats/cpuinfo.ts'
import type { CpuCounts } from '../formats/cpu-packages.ts'
import { parseSysfsCpu, SYSFS_CPU } from '../formats/cpu-topology.ts'
import { parseLscpu, parseLscpuTable } from '../formats/lscpu.ts'
import { smbiosCpus, type SmbiosCpu } from '../formats/smbios-cpus.ts'
import { SMBIOS_PROBES, smbiosStructures, type SmbiosAnswers } from '../formats/smbios.ts'
import { integerOrNull, textOrNull } from '../formats/text.ts'

const SMT = ['on', 'off', 'forceoff', 'notsupported', 'notimplemented'] as const

const schema = section({
  sockets: integer(
    'Sockets with at least one online CPU.',
    'core_siblings_list and physical_package_id in sysfs; "physical id" in /proc/cpuinfo',
    1,
  ),
  cores: integer(
    'Cores with at least one online thread, of all sockets.',
    'thread_siblings_list and core_id in sysfs; "core id" in /proc/cpuinfo',
    1,
  ),
  threads: integer('Online logical CPUs.', '/sys/devices/system/cpu/online; /proc/cpuinfo', 1),
  threadsPresent: integer('Logical CPUs that are there, offline ones included.', '/sys/devices/system/cpu/present', 1),
  models: textSet(
    'Models of all CPUs, as their makers name them; several on hybrid chips.',
    '/proc/cpuinfo; on ARM from "CPU implementer" and "CPU part"',
  ),
  vendor: text('Who made or designed the CPUs, in the words of the CPU, such as "GenuineIntel".', '/proc/cpuinfo'),
  smt: choice(
    SMT,
    'Whether cores run several threads: simultaneous multithreading.',
    '/sys/devices/system/cpu/smt/control since Linux 4.19',
  ),
  hardwareVirtualization: choice(
    ['vmx', 'svm', 'none'],
    'What the CPUs offer for running virtual machines.',
    'flags in /proc/cpuinfo, x86',
  ),
  microcode: text('Revision of the microcode that runs on the first CPU.', '/proc/cpuinfo, x86'),
  numaNodes: integer('NUMA nodes that are online.', '/sys/devices/system/node/online', 1),
  packages: list('Sockets that hold online CPUs.', {
    id: name("The kernel's number of the socket; where it gives none, its order.", 'physical_package_id in sysfs'),
    model: text('Model; of a hybrid chip all of them, joined by " + ".', '/proc/cpuinfo'),
    vendor: text('Who made or designed it.', '/proc/cpuinfo'),
    cores: integer('Cores with at least one online thread.', 'sysfs; /proc/cpuinfo', 1),
    threads: integer('Online logical CPUs.', 'sysfs; /proc/cpuinfo', 1),
    speedMHz: integer(
      'Nominal speed in MHz; the current one moves and is left out.',
      'model name; cpufreq/base_frequency; acpi_cppc/nominal_freq',
      1,
    ),
    maxMHz: integer('Highest speed of any of its cores in MHz.', 'cpufreq/cpuinfo_max_freq in sysfs', 1),
  }),
})

export default definePlugin({
  name: 'cpu',
  version: 1,
  summary: 'Processors: sockets, cores, threads, models and speeds.',
  probes: {
    'sysfs-cpu': SYSFS_CPU,
    cpuinfo: CPUINFO,
    ...SMBIOS_PROBES,
    lscpu: { recorded: 'lscpu' },
    'lscpu-p': { recorded: 'lscpu -p=CPU,CORE,SOCKET' },
  },
  schema,
  keys: { packages: ['id'] },
  volatile: [],
  // On ARM they tell only together what is a socket.
  decides: { 'sysfs-cpu': ['sockets', 'cores', 'threads', 'packages'], cpuinfo: ['sockets', 'cores', 'models', 'packages'] },

  parse(answers) {
    const any = need(
      firstOf(answers['sysfs-cpu'], answers.cpuinfo, answers['lscpu-p'], answers.lscpu, answers['dmi-tables'], answers.dmidecode),
    )
    const sockets = socketsOf(answers)
    const views: CpuViews = {
      info: parseCpuInfo(textOf(answers.cpuinfo) ?? ''),
      sysfs: parseSysfsCpu(textOf(answers['sysfs-cpu']) ?? ''),
      table: parseLscpuTable(textOf(answers['lscpu-p']) ?? ''),
      lscpu: parseLscpu(textOf(answers.lscpu) ?? ''),
    }
    const counts = countCpus(views)
    if (counts !== null) return fromKernel(views, counts, sockets)
    if (sockets.length === 0) throw new ParseError('expected at least one CPU', any)
    return fromFirmware(sockets)
  },
})

type Section = Static<typeof schema>

function fromKernel({ info, sysfs, lscpu }: CpuViews, counts: CpuCounts, sockets: readonly SmbiosCpu[]): Section {
  const first = info.cpus.values().next().value ?? new Map<string, string>()
  const modelsOf = (cpus: Iterable<number>): string[] => distinct([...cpus].map((cpu) => modelOf(info.cpus.get(cpu) ?? first, info.common)))
  // What an architecture that numbers no CPU says of them all.
  const own = info.cpus.size > 0 ? modelsOf(info.cpus.keys()) : distinct([modelOf(first, info.common)])
  const models = own.length > 0 ? own : [...(lscpu?.models ?? [])]
  const vendor = vendorOf(first, info.common) ?? lscpu?.vendor ?? null
  const flags = textOrNull(first.get('flags'))?.split(' ')
  // A virtual machine's tables and its CPUs need not agree.
  const speeds = sockets.length === counts.sockets ? new Set(sockets.map(({ speedMHz }) => speedMHz)) : new Set<null>()
  const speedMHz = sysfs?.baseMHz ?? integerOrNull(first.get('cpu MHz static')) ?? (speeds.size === 1 ? [...speeds][0]! : null)
  return {
    sockets: counts.sockets,
    cores: counts.cores,
    threads: counts.threads,
    threadsPresent: sysfs?.present ?? lscpu?.present ?? null,
    models: models.length === 0 ? null : models,
    vendor,
    smt: SMT.find((word) => word === sysfs?.smt?.trim()) ?? null,
    hardwareVirtualization: flags === undefined ? null : flags.includes('vmx') ? 'vmx' : flags.includes('svm') ? 'svm' : 'none',
    microcode: textOrNull(first.get('microcode')),
    numaNodes: sysfs?.numaNodes ?? lscpu?.numaNodes ?? null,
    packages:
      counts.packages?.map(({ id, cpus, cores, threads, maxMHz }) => {
        const model = (cpus.length > 0 && own.length > 0 ? modelsOf(cpus) : models).join(' + ') || null
        return {
          id,
          model,
          vendor,
          cores,
          threads,
          speedMHz: positive(nominalMHz(model) ?? speedMHz),
          maxMHz: positive(maxMHz ?? lscpu?.maxMHz),
        }
      }) ?? null,
  }
}

/** Nothing but SMBIOS: another system than Linux, or a dump of its tables. */
function fromFirmware(sockets: readonly SmbiosCpu[]): Section {
  return {
    sockets: sockets.length,
    cores: total(sockets.map(({ cores }) => cores)),
    threads: total(sockets.map(({ threads }) => threads)),
    threadsPresent: null,
    models: distinct(sockets.map(({ model }) => model)),
    vendor: distinct(sockets.map(({ vendor }) => vendor)).join(', ') || null,
    smt: null,
    hardwareVirtualization: null,
    microcode: null,
    numaNodes: null,
    packages: sockets.map((socket, index) => ({ id: String(index), ...socket, maxMHz: null })),
  }
}

function socketsOf(answers: SmbiosAnswers): SmbiosCpu[] {
  const tables = smbiosStructures(answers)
  return tables.status === 'ok' ? smbiosCpus(tables.structures) : []
}

function distinct(words: readonly (string | null)[]): string[] {
  return [...new Set(words.filter((word) => word !== null))].toSorted()
}

function positive(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value > 0 ? value : null
}

function total(counts: readonly (number | null)[]): number | null {
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0)
}
