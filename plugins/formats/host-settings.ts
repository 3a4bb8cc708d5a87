import type { Answer } from '../answer.ts'
import { assignments, integerOrNull, lines, textOrNull } from './text.ts'

/** Which paths are there, and whether the host sees the whole machine or what a container is shown of it. */
export interface Here {
  readonly signs: ReadonlySet<string>
  readonly isContainer: boolean
}

/** Zone from the link that the C library reads; files of Debian and of RHEL 6 name it where /etc/localtime is a copy. */
export function timezoneOf(link: string | null, timezone: string | null, clock: string | null): string | null {
  const linked = /\/zoneinfo\/(?:posix\/|right\/)?([\w+/-]{1,60})$/.exec(link?.trim() ?? '')?.[1]
  return linked ?? zone(lines(timezone ?? '')[0]) ?? zone(assignments(clock ?? '').get('ZONE'))
}

/** The host's name with its domain: its own, or the first name of its line in /etc/hosts. No resolver is asked, for it may hang. */
export function fqdnOf(hostname: string | null, hosts: string | null): string | null {
  if (hostname === null) return null
  if (hostname.includes('.')) return LOCAL.has(hostname) ? null : hostname
  for (const line of lines(hosts ?? '')) {
    const names = line.split('#', 1)[0]!.trim().split(/\s+/).slice(1)
    if (!names.includes(hostname)) continue
    const full = names.find((name) => name.startsWith(`${hostname}.`))
    if (full !== undefined && !LOCAL.has(full)) return full
  }
  return null
}

/** What runs as the first process. Containers start what they like: null there, if it is no init system. */
export function initOf(comm: string | null, { signs }: Here): string | null {
  const name = comm?.trim() ?? null
  if (name === 'systemd' || signs.has('/run/systemd/system')) return 'systemd'
  if (name === null) return null
  if (name === 'init') {
    if (signs.has('/run/openrc') || signs.has('/sbin/openrc')) return 'openrc'
    return signs.has('/sbin/upstart') ? 'upstart' : 'sysvinit'
  }
  return INITS.get(name) ?? null
}

/** UEFI shows itself; that SMBIOS is there without it says BIOS. Containers see neither, whatever the machine below has. */
export function firmwareOf({ signs, isContainer }: Here): 'uefi' | 'bios' | null {
  if (isContainer) return null
  return signs.has('/sys/firmware/efi') ? 'uefi' : signs.has('/sys/class/dmi/id') ? 'bios' : null
}

/** State of SELinux; a kernel without it has no file for it. */
export function selinuxOf(enforce: Answer, { isContainer }: Here): 'enforcing' | 'permissive' | 'disabled' | null {
  if (enforce.status === 'ok') return enforce.text.trim() === '1' ? 'enforcing' : 'permissive'
  return enforce.status === 'absent' && !isContainer ? 'disabled' : null
}

/** RFC 3339 time in UTC from `btime 1700000000`. */
export function bootedAt(text: string | null): string | null {
  const seconds = integerOrNull(/^btime (\d{1,11})$/m.exec(text ?? '')?.[1])
  return seconds === null ? null : `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`
}

const INITS: ReadonlyMap<string, string> = new Map([
  ['s6-svscan', 's6'],
  ['runit', 'runit'],
  ['busybox', 'busybox'],
  ['dinit', 'dinit'],
  ['procd', 'procd'],
  ['openrc-init', 'openrc'],
  ['upstart', 'upstart'],
])

const LOCAL = new Set(['localhost.localdomain', 'localhost.localdomain4', 'localhost6.localdomain6'])

function zone(value: string | undefined): string | null {
  return /^[\w+/-]{1,60}$/.test(value?.trim() ?? '') ? textOrNull(value) : null
}
