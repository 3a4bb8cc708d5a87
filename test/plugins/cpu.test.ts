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

test('lscpu of a big.LITTLE host: cores are added up, models kept apart', () => {
  const text = `CPU(s):                6
  On-line CPU(s) list:   0-5
Vendor ID:               ARM
  Model name:            Cortex-A53
    Thread(s) per core:  1
    Core(s) per socket:  4
    Socket(s):           1
  Model name:            Cortex-A72
    Thread(s) per core:  1
    Core(s) per socket:  2
    Socket(s):           1
`
  const { sockets, cores, threads, models } = parseLscpu(text)!
  assert.deepEqual({ sockets, cores, threads, models }, { sockets: 1, cores: 6, threads: 6, models: ['Cortex-A53', 'Cortex-A72'] })
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
