import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawAnswer } from '../../plugins/answer.ts'
import basic from '../../plugins/builtin/basic.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Fields } from '../../plugins/items.ts'
import { recordedOf } from './recorded.ts'

const FLAGS = 'processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme lm\n'
const GUEST = FLAGS.replace(' lm', ' hypervisor lm')
const ARM = 'processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n'

/** A Dell server at rest, as far as its kind goes. */
const METAL = { 'sysfs-dmi': dmi('Dell Inc.', 'PowerEdge R640'), cpuinfo: FLAGS, 'init-name': 'systemd\n', 'pid2-comm': 'kthreadd\n' }

const KINDS: readonly (readonly [
  what: string,
  answers: Record<string, string>,
  kind: string,
  virtualization: string | null,
  container: string | null,
])[] = [
  ['a server', METAL, 'physical', 'none', 'none'],
  ['a KVM guest without firmware', { ...METAL, 'sysfs-dmi': '', cpuinfo: GUEST, clocksource: 'kvm-clock tsc \n' }, 'vm', 'kvm', 'none'],
  [
    'a QEMU guest on KVM',
    { ...METAL, 'sysfs-dmi': dmi('QEMU', 'Standard PC (Q35 + ICH9, 2009)'), cpuinfo: GUEST, clocksource: 'kvm-clock\n' },
    'vm',
    'kvm',
    'none',
  ],
  ['an emulated machine', { ...METAL, 'sysfs-dmi': dmi('QEMU', 'QEMU Virtual Machine'), cpuinfo: ARM }, 'vm', 'qemu', 'none'],
  ['a hypervisor that hides behind the names of its host', { ...METAL, cpuinfo: GUEST }, 'vm', 'other', 'none'],
  ['bare metal of a cloud', { ...METAL, 'sysfs-dmi': dmi('Amazon EC2', 'm6g.metal'), cpuinfo: ARM }, 'physical', 'none', 'none'],
  ['an ARM machine of that cloud', { ...METAL, 'sysfs-dmi': dmi('Amazon EC2', 'm6g.large'), cpuinfo: ARM }, 'vm', 'amazon', 'none'],
  [
    'a tablet of the maker of Hyper-V',
    { ...METAL, 'sysfs-dmi': dmi('Microsoft Corporation', 'Surface Pro 7') },
    'physical',
    'none',
    'none',
  ],
  [
    'the first domain of Xen',
    { ...METAL, signs: '/proc/xen\n', 'xen-capabilities': 'control_d\n', 'hypervisor-type': 'xen\n' },
    'physical',
    'none',
    'none',
  ],
  ['another domain of Xen', { ...METAL, 'hypervisor-type': 'xen\n' }, 'vm', 'xen', 'none'],
  [
    'a board with a device tree',
    { ...METAL, 'sysfs-dmi': '', cpuinfo: ARM, signs: 'model=Raspberry Pi 4 Model B Rev 1.4\n' },
    'physical',
    'none',
    'none',
  ],
  [
    'a partition of POWER',
    {
      'pid2-comm': 'kthreadd\n',
      signs: '/proc/device-tree/ibm,partition-name\n',
      cpuinfo: 'processor\t: 0\ncpu\t: POWER9\n\nplatform\t: pSeries\n',
    },
    'vm',
    'powervm',
    'none',
  ],
  ['docker on bare metal', { ...METAL, 'pid2-comm': 'sh\n', signs: '/.dockerenv\n' }, 'container', 'none', 'docker'],
  [
    'a virtual disk made from an image of docker',
    { ...METAL, cpuinfo: GUEST, 'sysfs-dmi': '', clocksource: 'kvm-clock\n', signs: '/.dockerenv\n' },
    'vm',
    'kvm',
    'none',
  ],
  [
    'a pod',
    { ...METAL, cpuinfo: GUEST, 'pid1-cgroup': '1:name=systemd:/kubepods/burstable/pod1/abc\n' },
    'container',
    'other',
    'kubernetes',
  ],
  ['OpenVZ', { ...METAL, signs: '/proc/vz\n', 'pid2-comm': 'init\n' }, 'container', 'none', 'openvz'],
  ['the host of OpenVZ', { ...METAL, signs: '/proc/vz\n/proc/bc\n' }, 'physical', 'none', 'none'],
  ['a container that leaves no mark', { ...METAL, 'pid2-comm': 'app\n' }, 'container', 'none', 'other'],
  [
    'WSL',
    {
      ...METAL,
      'sysfs-dmi': '',
      cpuinfo: GUEST,
      clocksource: 'hyperv_clocksource_tsc_page\n',
      'proc-version': 'Linux version 5.15.90.1-microsoft-standard-WSL2\n',
    },
    'container',
    'hyperv',
    'wsl',
  ],
  ['a host that tells nothing', {}, 'unknown', null, null],
]

for (const [what, answers, kind, virtualization, container] of KINDS) {
  test(`kind: ${what}`, () => {
    const data = dataOf({ 'uname-fields': 'Linux a 6.1.0 x86_64\n', ...answers })
    assert.deepEqual(
      { kind, virtualization, container },
      { kind: data['kind'], virtualization: data['virtualization'], container: data['container'] },
    )
  })
}

test('a reboot is one change, and a boot time that moves by a second is none', () => {
  const one = recordedOf('basic').find(({ name }) => name.startsWith('ubuntu-24.04'))!.capture.probes
  const before = evaluate(basic, { probes: one, complete: true })
  const moved = evaluate(basic, { probes: { ...one, 'boot-time': ok('btime 1727856001\n') }, complete: true })
  const reboot = { 'boot-time': ok('btime 1727999999\n'), 'boot-id': ok('ffffffff-0000-4c9a-b0b4-aa0f4f1c7702\n') }
  const rebooted = evaluate(basic, { probes: { ...one, ...reboot }, complete: true })
  assert.ok(before.status === 'ok' && moved.status === 'ok' && rebooted.status === 'ok')
  assert.equal(moved.digest, before.digest)
  const changed = Object.keys(before.data).filter((field) => before.data[field] !== rebooted.data[field])
  assert.deepEqual(changed, ['bootId'])
})

const OLD: readonly (readonly [probe: string, text: string, expected: readonly (string | null)[]])[] = [
  ['etc-redhat-release', 'Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n', ['rhel', '5.11', 'RedHat']],
  ['etc-redhat-release', 'Scientific Linux release 6.10 (Carbon)\n', ['scientific', '6.10', 'RedHat']],
  ['etc-oracle-release', 'Oracle Linux Server release 6.9\n', ['ol', '6.9', 'RedHat']],
  ['etc-gentoo-release', 'Gentoo Base System release 2.2\n', ['gentoo', '2.2', 'Gentoo']],
  ['etc-slackware-version', 'Slackware 14.1\n', ['slackware', '14.1', 'Slackware']],
  ['etc-debian_version', '6.0.10\n', ['debian', '6.0.10', 'Debian']],
  ['etc-debian_version', 'squeeze/sid\n', ['debian', null, 'Debian']],
  ['etc-SuSE-release', 'openSUSE 11.4 (x86_64)\nVERSION = 11.4\nCODENAME = Celadon\n', ['opensuse', '11.4', 'Suse']],
  [
    'etc-lsb-release',
    'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_DESCRIPTION="Ubuntu 10.04.4 LTS"\n',
    ['ubuntu', '10.04', 'Debian'],
  ],
  ['etc-arch-release', '', ['arch', null, 'Archlinux']],
  ['etc-redhat-release', 'Red Hat Linux release 7.3 (Valhalla)\n', ['redhat', '7.3', 'RedHat']],
  ['etc-redhat-release', 'Red Hat Linux Advanced Server release 2.1AS (Pensacola)\n', ['rhel', '2.1AS', 'RedHat']],
  ['etc-vmware-release', 'VMware ESX 4.0 (Kandinsky)\n', ['vmware-esx', '4.0', null]],
  ['etc-vmware-release', 'VMware ESX Server 3 (Dali)\n', ['vmware-esx', '3', null]],
]

for (const [probe, text, expected] of OLD) {
  test(`before os-release: ${probe} ${text.split('\n', 1)[0]}`, () => {
    const { osId, osVersion, osFamily } = dataOf({ 'uname-fields': 'Linux a 2.6.32 x86_64\n', [probe]: text })
    assert.deepEqual([osId, osVersion, osFamily], expected)
  })
}

test('the service console of VMware ESX is not Red Hat', () => {
  const console = 'Red Hat Enterprise Linux ES release 3 (Taroon)\n'
  const { osName, osVersionFull } = dataOf({ 'etc-vmware-release': 'VMware ESX Server 3 (Dali)\n', 'etc-redhat-release': console })
  assert.deepEqual([osName, osVersionFull], ['VMware ESX Server', '3'])
})

const UNAMES: readonly (readonly [of: string, rest: string, kernelVersion: string, arch: string | null])[] = [
  ['one word for the machine', 'x86_64 GNU/Linux', '#4 SMP Sat Jan 6 11:20:00 UTC 2018', 'x86_64'],
  ['three', 'i686 i686 i386 GNU/Linux', '#4 SMP Sat Jan 6 11:20:00 UTC 2018', 'i686'],
  ['Gentoo', 'x86_64 Intel(R) Atom(TM) CPU C2750 @ 2.40GHz GenuineIntel GNU/Linux', '#4 SMP Sat Jan 6 11:20:00 UTC 2018', 'x86_64'],
  ['Gentoo on ARM', 'armv7l ARMv7 Processor rev 5 (v7l) BCM2835 GNU/Linux', '#4 SMP Sat Jan 6 11:20:00 UTC 2018', 'armv7l'],
  ['Elbrus', 'e2k E8C MBE8C-PC v.2 GNU/Linux', '#4 SMP Sat Jan 6 11:20:00 UTC 2018', 'e2k'],
  ['no machine', 'GNU/Linux', '#4 SMP Sat Jan 6 11:20:00 UTC 2018', null],
]

for (const [of, rest, kernelVersion, arch] of UNAMES) {
  test(`uname -a with ${of}`, () => {
    const data = dataOf({ uname: `Linux a 4.9.76 #4 SMP Sat Jan 6 11:20:00 UTC 2018 ${rest}\n` })
    assert.deepEqual([data['kernelVersion'], data['arch']], [kernelVersion, arch])
  })
}

function dataOf(answers: Record<string, string>): Fields {
  const section = evaluate(basic, {
    probes: Object.fromEntries(Object.entries(answers).map(([name, text]) => [name, ok(text)])),
    complete: true,
  })
  assert.ok(section.status === 'ok', section.status === 'ok' ? '' : section.reason)
  return section.data
}

function ok(stdout: string): RawAnswer {
  return { exit: 0, stdout, stderr: '' }
}

function dmi(vendor: string, product: string): string {
  return `/sys/class/dmi/id/sys_vendor:${vendor}\n/sys/class/dmi/id/product_name:${product}\n`
}
