import { textOf, type Answer } from '../answer.ts'
import type { Probe } from '../define.ts'
import { containerOf } from './container-signs.ts'
import { CPUINFO, parseCpuInfo, type CpuInfo } from './cpuinfo.ts'
import { SYSFS_DMI } from './smbios-sysfs.ts'
import { lines, pathValues } from './text.ts'

/**
 * Files and folders whose being there says something; no program is run but to look for `container=` in the environment of the first process,
 * and only where the second one is not the kernel's own. Nothing else of that environment leaves the host.
 */
const SIGNS = {
  sh: `for p in /.dockerenv /run/.containerenv /proc/xen /proc/vz /proc/bc /dev/lxd/sock /dev/.lxc-boot-id /proc/device-tree/hypervisor \\
  /proc/device-tree/ibm,partition-name /sys/firmware/qemu_fw_cfg /sys/firmware/efi /run/systemd/system /run/openrc /run/runit /sbin/upstart \\
  /sbin/openrc /sys/class/dmi/id; do
  [ -e "$p" ] && printf '%s\\n' "$p"
done
read -r k 2>/dev/null </proc/2/comm
read -r m 2>/dev/null </proc/device-tree/model; [ -z "$m" ] || printf 'model=%s\\n' "$m"
[ "$k" = kthreadd ] || [ ! -r /proc/1/environ ] || tr '\\000' '\\n' </proc/1/environ 2>/dev/null | grep '^container='
:`,
} as const satisfies Probe

/** What tells a physical host, a virtual machine and a container apart. Everybody may read all of it. */
export const HOST_KIND_PROBES = {
  signs: SIGNS,
  cpuinfo: CPUINFO,
  'sysfs-dmi': SYSFS_DMI,
  sysinfo: { file: '/proc/sysinfo' },
  clocksource: { file: '/sys/devices/system/clocksource/clocksource0/available_clocksource' },
  'hypervisor-type': { file: '/sys/hypervisor/type' },
  'xen-capabilities': { file: '/proc/xen/capabilities' },
  'systemd-container': { file: '/run/systemd/container' },
  'proc-version': { file: '/proc/version' },
  'pid1-cgroup': { file: '/proc/1/cgroup' },
  'init-name': { file: '/proc/1/comm' },
  'pid2-comm': { file: '/proc/2/comm' },
} as const satisfies Record<string, Probe>

export type HostKindAnswers = Readonly<Record<keyof typeof HOST_KIND_PROBES, Answer>>

export interface HostKind {
  readonly kind: 'physical' | 'vm' | 'container' | 'unknown'
  /** What the machine below runs on, in systemd's words where it has one; `none` on bare metal, null where nothing tells. */
  readonly virtualization: string | null
  /** What the container is one of; `none` outside of any, null where nothing tells. */
  readonly container: string | null
}

/** Tells the host's kind. A container's virtualization is that of the machine it runs on. */
export function hostKind(answers: HostKindAnswers): HostKind {
  const container = containerOf(answers)
  const virtualization = virtualizationOf(answers)
  if (container !== null && container !== 'none') return { kind: 'container', virtualization, container }
  const kind = virtualization === null ? 'unknown' : virtualization === 'none' ? 'physical' : 'vm'
  return { kind, virtualization, container }
}

/** Paths of `signs` that are there. */
export function signsOf(answer: Answer): ReadonlySet<string> {
  return new Set(lines(textOf(answer) ?? ''))
}

function virtualizationOf(answers: HostKindAnswers): string | null {
  const signs = signsOf(answers.signs)
  // Xen's first domain is the host itself, although it runs above the hypervisor.
  if (textOf(answers['xen-capabilities'])?.includes('control_d')) return 'none'
  const cpu = parseCpuInfo(textOf(answers.cpuinfo) ?? '')
  const dmi = dmiNames(answers['sysfs-dmi'])
  const isMetal = /\.metal(?:-\d+xl)?$/.test(dmi.get('product_name') ?? '')
  const named = isMetal ? null : (PRODUCTS.find(([pattern]) => [...dmi.values()].some((value) => pattern.test(value)))?.[1] ?? null)
  const isGuest = flagsOf(cpu)?.includes('hypervisor') === true
  return (
    (textOf(answers['hypervisor-type'])?.trim() === 'xen' || signs.has('/proc/xen') ? 'xen' : null) ??
    (named === 'qemu' ? (clockOf(answers) ?? named) : named) ??
    (isGuest ? (clockOf(answers) ?? 'other') : null) ??
    platformOf(cpu, signs) ??
    sysinfoOf(textOf(answers.sysinfo)) ??
    // Only who has seen the CPU's flags, or firmware that names no hypervisor, can tell that there is none.
    (flagsOf(cpu) !== undefined || dmi.size > 0 || [...signs].some((sign) => sign.startsWith('model=')) ? 'none' : null)
  )
}

/** Names that hypervisors and clouds give the machines that they make, as systemd, virt-what and facter know them. */
const PRODUCTS: readonly (readonly [pattern: RegExp, virtualization: string])[] = [
  [/^VMware|^VMW/, 'vmware'],
  [/^VirtualBox|^innotek GmbH/, 'virtualbox'],
  [/^Virtual Machine$|^Hyper-V/, 'hyperv'],
  [/^Amazon EC2/, 'amazon'],
  [/^Google Compute Engine/, 'google'],
  [/^Parallels/, 'parallels'],
  [/^BHYVE/i, 'bhyve'],
  [/^Xen\b|^HVM domU/, 'xen'],
  [/^Apple Virtualization/, 'apple'],
  [/^RHEV|^oVirt|^OpenStack|^KVM|^AHV$|^Alibaba Cloud ECS|^Droplet$|^vServer$|^SmartDC HVM/, 'kvm'],
  [/^QEMU|^Bochs/, 'qemu'],
]

function dmiNames(answer: Answer): Map<string, string> {
  const wanted = new Set(['sys_vendor', 'product_name', 'product_version', 'board_vendor', 'bios_vendor'])
  const names = new Map<string, string>()
  for (const [path, value] of pathValues(textOf(answer) ?? '')) {
    const file = path.slice(path.lastIndexOf('/') + 1)
    if (wanted.has(file)) names.set(file, value.trim())
  }
  return names
}

/** A paravirtual clock names the hypervisor where firmware and CPU do not, as under Firecracker. */
function clockOf(answers: HostKindAnswers): string | null {
  const clocks = textOf(answers.clocksource)?.trim().split(/\s+/) ?? []
  if (clocks.includes('kvm-clock')) return 'kvm'
  if (clocks.some((clock) => clock.startsWith('hyperv_'))) return 'hyperv'
  return clocks.includes('xen') ? 'xen' : null
}

/** CPUs without flags for it (ARM, POWER, User Mode Linux): the platform's name, the device tree, QEMU's firmware. */
function platformOf({ cpus, common }: CpuInfo, signs: ReadonlySet<string>): string | null {
  const first = cpus.values().next().value
  if (first?.get('vendor_id') === 'User Mode Linux') return 'uml'
  const machine = common.get('machine') ?? first?.get('machine') ?? ''
  if (/emulated by qemu/.test(machine)) return 'kvm'
  if (signs.has('/proc/device-tree/ibm,partition-name') || machine.startsWith('CHRP IBM')) return 'powervm'
  if (signs.has('model=linux,dummy-virt')) return 'qemu'
  return signs.has('/sys/firmware/qemu_fw_cfg') || signs.has('/proc/device-tree/hypervisor') ? 'qemu' : null
}

/** s390: the innermost control program; without one a logical partition, for there is no other way to run there. */
function sysinfoOf(sysinfo: string | null): string | null {
  if (sysinfo === null) return null
  const program = /^VM00 Control Program: (.{1,40})$/m.exec(sysinfo)?.[1] ?? ''
  if (program.startsWith('z/VM')) return 'zvm'
  if (program.startsWith('KVM')) return 'kvm'
  return /^LPAR Number:/m.test(sysinfo) ? 'lpar' : null
}

function flagsOf({ cpus }: CpuInfo): string[] | undefined {
  return cpus.values().next().value?.get('flags')?.split(' ')
}
