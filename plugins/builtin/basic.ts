import { firstOf, need, textOf } from '../answer.ts'
import { definePlugin, type Probes } from '../define.ts'
import { choice, section, text } from '../fields.ts'
import { bootedAt, firmwareOf, fqdnOf, initOf, selinuxOf, timezoneOf } from '../formats/host-settings.ts'
import { operatingSystem, OS_PROBES } from '../formats/os-release.ts'
import { textOrNull } from '../formats/text.ts'
import { parseProcVersion, parseUname, parseUnameFields } from '../formats/uname.ts'
import { hostKind, HOST_KIND_PROBES, signsOf } from '../formats/virtualization.ts'

const FILES = '/etc/lsb-release, /etc/redhat-release, /etc/SuSE-release, /etc/debian_version and others'

function decidedBy<const P extends Probes, const F extends string>(
  probes: P,
  fields: readonly F[],
): Readonly<Record<keyof P, readonly F[]>> {
  const decides = Object.keys(probes).map((name) => [name, fields] as const)
  return Object.fromEntries(decides) as Record<keyof P, readonly F[]> // One entry for each probe.
}

export default definePlugin({
  name: 'basic',
  version: 1,
  summary: 'Operating system, kernel, kind of host, boot and time zone.',
  probes: {
    ...OS_PROBES,
    ...HOST_KIND_PROBES,
    'uname-fields': { exec: ['uname', '-snrm'] },
    uname: { recorded: 'uname -a' },
    'kernel-version': { file: '/proc/sys/kernel/version' },
    'boot-id': { file: '/proc/sys/kernel/random/boot_id' },
    'boot-time': { exec: ['grep', '^btime ', '/proc/stat'] },
    'etc-hosts': { file: '/etc/hosts' },
    'etc-timezone': { file: '/etc/timezone' },
    'etc-sysconfig-clock': { file: '/etc/sysconfig/clock' },
    localtime: { exec: ['readlink', '/etc/localtime'], okCodes: [0, 1] },
    'selinux-enforce': { file: '/sys/fs/selinux/enforce' },
    // RHEL 6, before Linux 3.0.
    'selinux-enforce-old': { file: '/selinux/enforce' },
  },
  schema: section({
    osName: text('Name of the operating system, without version.', `NAME in os-release(5); before, ${FILES}`),
    osId: text('Identifier of the operating system, as os-release has or would have it.', `ID in os-release(5); before, ${FILES}`),
    osVersion: text('Version of the operating system; null for a rolling one.', `VERSION_ID in os-release(5); before, ${FILES}`),
    osPrettyName: text('Name and version as the distribution shows them to people.', `PRETTY_NAME in os-release(5); before, ${FILES}`),
    osVersionFull: text('Version with its point release, such as 11.2 of Debian 11.', `the fullest of os-release(5), ${FILES}`),
    osFamily: text(
      'Distributions that are run alike, such as RedHat and Debian, in the words of Ansible.',
      'ID and ID_LIKE in os-release(5)',
    ),
    kernel: text('Kernel release.', 'uname -r'),
    kernelVersion: text('Build of that kernel: number, options, date.', '/proc/sys/kernel/version'),
    arch: text('Machine hardware name.', 'uname -m'),
    hostname: text('Name that the host calls itself.', 'uname -n'),
    fqdn: text('Host name with its domain; null where neither the name nor /etc/hosts has one.', 'uname -n; /etc/hosts'),
    timezone: text('Time zone of the host, such as Europe/Berlin.', '/etc/localtime; /etc/timezone; /etc/sysconfig/clock'),
    kind: choice(
      ['physical', 'vm', 'container', 'unknown'],
      'Whether the host is a machine of its own, a virtual one, or a container.',
      'virtualization and container',
    ),
    virtualization: text(
      'Hypervisor below: kvm, qemu, vmware, hyperv, xen, virtualbox, amazon, google, powervm, zvm, lpar, other…; none on bare metal.',
      'flags in /proc/cpuinfo, /sys/class/dmi/id, /sys/hypervisor/type, clock sources, device tree, /proc/sysinfo',
    ),
    container: text(
      'Container that the host is: docker, podman, lxc, kubernetes, systemd-nspawn, openvz, wsl, other; none outside of any.',
      '/run/systemd/container, /proc/1/cgroup, /proc/1/environ, /.dockerenv and others, process 2',
    ),
    initSystem: text(
      'What runs as the first process: systemd, openrc, upstart, sysvinit, runit, s6, busybox…',
      '/proc/1/comm; /run/systemd/system',
    ),
    firmware: choice(
      ['uefi', 'bios'],
      'What started the host; null in containers and where there is neither.',
      '/sys/firmware/efi; /sys/class/dmi/id',
    ),
    selinux: choice(
      ['enforcing', 'permissive', 'disabled'],
      'State of SELinux; null in containers.',
      '/sys/fs/selinux/enforce; /selinux/enforce before Linux 3.0',
    ),
    bootId: text('Random identifier of this boot: another one means a reboot.', '/proc/sys/kernel/random/boot_id'),
    bootedAt: text('When the host was started, RFC 3339 in UTC; moves with the clock.', 'btime in /proc/stat'),
  }),
  keys: {},
  volatile: ['bootedAt'],
  decides: {
    ...decidedBy(OS_PROBES, ['osName', 'osId', 'osVersion', 'osPrettyName', 'osVersionFull', 'osFamily']),
    ...decidedBy(HOST_KIND_PROBES, ['kind', 'virtualization', 'container', 'initSystem', 'firmware', 'selinux']),
    'uname-fields': ['kernel', 'arch', 'hostname', 'fqdn'],
    'kernel-version': ['kernelVersion'],
    'etc-hosts': ['fqdn'],
    localtime: ['timezone'],
    'etc-timezone': ['timezone'],
  },

  parse(answers) {
    const os = operatingSystem(answers)
    const uname = parseUnameFields(textOf(answers['uname-fields']) ?? '') ?? parseUname(textOf(answers.uname) ?? '')
    const version = parseProcVersion(textOf(answers['proc-version']) ?? '')
    // A host that answers neither is none that this plugin knows.
    if (uname === null && version === null && os.osId === null && os.osName === null)
      need(firstOf(answers['uname-fields'], answers.uname, answers['os-release'], answers['proc-version']))
    const { kind, virtualization, container } = hostKind(answers)
    const signs = signsOf(answers.signs)
    const here = { signs, isContainer: kind === 'container' }
    const hostname = textOrNull(uname?.hostname)
    return {
      ...os,
      kernel: textOrNull(uname?.kernel ?? version?.kernel),
      kernelVersion: textOrNull(textOf(answers['kernel-version'])?.slice(0, 300) ?? uname?.kernelVersion ?? version?.kernelVersion),
      arch: textOrNull(uname?.arch),
      hostname,
      fqdn: fqdnOf(hostname, textOf(answers['etc-hosts'])),
      timezone: timezoneOf(textOf(answers.localtime), textOf(answers['etc-timezone']), textOf(answers['etc-sysconfig-clock'])),
      kind,
      virtualization,
      container,
      initSystem: initOf(textOf(answers['init-name']), here),
      firmware: firmwareOf(here),
      selinux: selinuxOf(firstOf(answers['selinux-enforce'], answers['selinux-enforce-old']), here),
      bootId: textOrNull(textOf(answers['boot-id'])?.slice(0, 60)),
      bootedAt: bootedAt(textOf(answers['boot-time'])),
    }
  },
})
