import assert from 'node:assert/strict'
import { test } from 'node:test'
import cpu from '../../plugins/builtin/cpu.ts'
import { evaluate, type Section } from '../../plugins/evaluate.ts'
import { cpuList } from '../../plugins/formats/cpu-topology.ts'
import { nominalMHz, parseCpuInfo } from '../../plugins/formats/cpuinfo.ts'
import { parseLscpu } from '../../plugins/formats/lscpu.ts'
import { recordedOf } from './recorded.ts'

test('CPU MHz that move, and lines in another order, are no change', () => {
  const probes = recordedOf('cpu').find(({ name }) => name === 'rhel-9--two-sockets')!.capture.probes
  const text = (name: string): string => probes[name]!.stdout
  const moved = text('cpuinfo').replaceAll(/^cpu MHz.*$/gm, (_, at: number) => `cpu MHz\t\t: ${800 + (at % 977)}.001`)
  const turned = text('sysfs-cpu').trim().split('\n').toReversed().join('\n')
  assert.equal(digestOf({ 'sysfs-cpu': turned, cpuinfo: moved }), digestOf({ 'sysfs-cpu': text('sysfs-cpu'), cpuinfo: text('cpuinfo') }))
})

test('with nothing but /proc/cpuinfo, the counts are those of sysfs', () => {
  const probes = recordedOf('cpu').find(({ name }) => name === 'rhel-9--two-sockets')!.capture.probes
  const section = sectionOf({ cpuinfo: probes['cpuinfo']!.stdout })
  assert.ok(section.status === 'ok')
  assert.deepEqual([section.data['sockets'], section.data['cores'], section.data['threads']], [2, 8, 16])
})

test('a text without a CPU is refused', () => {
  const section = sectionOf({ cpuinfo: 'cat: read error\n' })
  assert.equal(section.status, 'failed')
})

const SPEEDS: readonly (readonly [model: string, mhz: number | null])[] = [
  ['Intel(R) Xeon(R) CPU E5-2680 v3 @ 2.50GHz', 2500],
  ['Intel(R) Xeon(TM) CPU 2.80GHz', 2800],
  ['Intel(R) Pentium(R) III CPU 933MHz', 933],
  ['AMD EPYC 7451 24-Core Processor', null],
]

for (const [model, mhz] of SPEEDS) test(`nominal speed of ${model}`, () => assert.equal(nominalMHz(model), mhz))

test('a list of CPUs that no kernel prints is none', () => {
  assert.deepEqual([...cpuList('0-3,8')!], [0, 1, 2, 3, 8])
  for (const text of ['', '0-', 'a', '0-999999', '5-1,x']) assert.equal(cpuList(text), null, text)
})

test('one ARM CPU that the kernel does not number is one', () => {
  const text =
    'Processor\t: ARM926EJ-S rev 5 (v5l)\nBogoMIPS\t: 131.48\nCPU implementer\t: 0x41\nCPU part\t: 0x926\n\nHardware\t: Kirkwood\n'
  assert.equal(parseCpuInfo(text).cpus.size, 1)
})

const ALPHA = `cpu\t\t\t: Alpha
cpu model\t\t: EV68CB
cpu revision\t\t: 0
platform string\t\t: AlphaServer DS25
BogoMIPS\t\t: 1991.12
cpus detected\t\t: 4
`

const SPARC = `cpu\t\t: UltraSparc T2 (Niagara2)
fpu\t\t: UltraSparc T2 integrated FPU
type\t\t: sun4v
ncpus probed\t: 3
ncpus active\t: 2
Cpu0ClkTck\t: 0000000054c56b40
Cpu3ClkTck\t: 0000000054c56b40
MMU Type\t: Hypervisor (sun4v)
`

const PARISC = `processor\t: 0
cpu family\t: PA-RISC 2.0
cpu\t\t: PA8700 (PCX-W2)
cpu MHz\t\t: 750.000000
model\t\t: 9000/800/A500-7X
model name\t: Crescendo 750 W2
bogomips\t: 1495.04
`

const ARCHITECTURES: readonly (readonly [of: string, text: string, cpus: readonly number[], model: string])[] = [
  ['Alpha, a kernel for one CPU', ALPHA, [0], 'EV68CB'],
  ['Alpha, of which some are active', `${ALPHA}cpus active\t\t: 2\n`, [0, 1], 'EV68CB'],
  ['SPARC', `${SPARC}State:\nCPU0:\t\tonline\nCPU3:\t\tonline\n`, [0, 3], 'UltraSparc T2 (Niagara2)'],
  ['SPARC of 32 bits', `${SPARC}CPU0\t\t: online\nCPU2\t\t: online\n`, [0, 2], 'UltraSparc T2 (Niagara2)'],
  ['SPARC, figures alone', SPARC, [0, 1], 'UltraSparc T2 (Niagara2)'],
  ['PA-RISC, whose model name is the machine', PARISC, [0], 'PA8700 (PCX-W2)'],
]

for (const [of, text, cpus, model] of ARCHITECTURES) {
  test(`/proc/cpuinfo of ${of}`, () => {
    assert.deepEqual([...parseCpuInfo(text).cpus.keys()], cpus)
    const section = sectionOf({ cpuinfo: text })
    assert.ok(section.status === 'ok')
    assert.deepEqual([section.data['threads'], section.data['models']], [cpus.length, [model]])
  })
}

test('CPUs that sysfs counts and /proc/cpuinfo does not number have the model that stands there', () => {
  const sysfs = '/sys/devices/system/cpu/online:0-1\n/sys/devices/system/cpu/present:0-1\n'
  const section = sectionOf({ 'sysfs-cpu': sysfs, cpuinfo: 'cpu model\t: MCF547x\nBogoMips:\t133.00\n' })
  assert.ok(section.status === 'ok')
  assert.deepEqual([section.data['threads'], section.data['models']], [2, ['MCF547x']])
})

test('lscpu of RHEL 6, which says CPU socket(s)', () => {
  const text = 'CPU(s):                12\nThread(s) per core:    1\nCore(s) per socket:    6\nCPU socket(s):         2\n'
  const { sockets, cores } = parseLscpu(text)!
  assert.deepEqual({ sockets, cores }, { sockets: 2, cores: 12 })
})

test('lscpu of s390 has the machine for a model', () => {
  const text = 'CPU(s): 4\nVendor ID: IBM/S390\nMachine type: 3906\nThread(s) per core: 1\n'
  assert.deepEqual(parseLscpu(text)!.models, ['3906'])
})

test('lscpu of a big.LITTLE host: cores are added up, models kept apart, the fastest counts', () => {
  const text = `CPU(s):                6
  On-line CPU(s) list:   0-5
Vendor ID:               ARM
  Model name:            Cortex-A53
    Thread(s) per core:  1
    Core(s) per socket:  4
    Socket(s):           1
    CPU max MHz:         1416.0000
  Model name:            Cortex-A72
    Thread(s) per core:  1
    Core(s) per socket:  2
    Socket(s):           1
    CPU max MHz:         1800.0000
    CPU min MHz:         408.0000
`
  const { sockets, cores, threads, models, maxMHz } = parseLscpu(text)!
  assert.deepEqual({ sockets, cores, threads, models }, { sockets: 1, cores: 6, threads: 6, models: ['Cortex-A53', 'Cortex-A72'] })
  assert.equal(maxMHz, 1800)
})

function sectionOf(texts: Record<string, string>): Section {
  const probes = Object.fromEntries(Object.entries(texts).map(([name, stdout]) => [name, { exit: 0, stdout, stderr: '' } as const]))
  return evaluate(cpu, { probes, complete: true })
}

function digestOf(texts: Record<string, string>): string {
  const section = sectionOf(texts)
  assert.ok(section.status === 'ok')
  return section.digest
}
