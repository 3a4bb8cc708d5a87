import { textOf, type Answer } from '../answer.ts'
import type { Probe } from '../define.ts'
import { familyOf } from './os-family.ts'
import { assignments, lines, textOrNull } from './text.ts'

/** Every file in which a distribution names itself. A probe of one of them bears its name. */
export const OS_PROBES = {
  'os-release': { file: '/etc/os-release' },
  'usr-lib-os-release': { file: '/usr/lib/os-release' },
  'etc-lsb-release': { file: '/etc/lsb-release' },
  'etc-debian_version': { file: '/etc/debian_version' },
  'etc-SuSE-release': { file: '/etc/SuSE-release' },
  'etc-alpine-release': { file: '/etc/alpine-release' },
  'etc-slackware-version': { file: '/etc/slackware-version' },
  // Distributions made from Red Hat keep its file beside their own: their own first.
  'etc-oracle-release': { file: '/etc/oracle-release' },
  'etc-centos-release': { file: '/etc/centos-release' },
  'etc-rocky-release': { file: '/etc/rocky-release' },
  'etc-almalinux-release': { file: '/etc/almalinux-release' },
  'etc-enterprise-release': { file: '/etc/enterprise-release' },
  'etc-fedora-release': { file: '/etc/fedora-release' },
  'etc-mandriva-release': { file: '/etc/mandriva-release' },
  'etc-mageia-release': { file: '/etc/mageia-release' },
  'etc-altlinux-release': { file: '/etc/altlinux-release' },
  'etc-gentoo-release': { file: '/etc/gentoo-release' },
  'etc-vmware-release': { file: '/etc/vmware-release' },
  'etc-sourcemage-release': { file: '/etc/sourcemage-release' },
  'etc-redhat-release': { file: '/etc/redhat-release' },
  'etc-system-release': { file: '/etc/system-release' },
  'etc-arch-release': { file: '/etc/arch-release' },
} as const satisfies Record<string, Probe>

export type OsAnswers = Readonly<Record<keyof typeof OS_PROBES, Answer>>

export interface OperatingSystem {
  readonly osName: string | null
  /** Lower case but where os-release says otherwise. */
  readonly osId: string | null
  readonly osVersion: string | null
  readonly osPrettyName: string | null
  /** With the point release, which os-release of Debian and CentOS leaves out. */
  readonly osVersionFull: string | null
  readonly osFamily: string | null
}

/** What the distribution calls itself: os-release(5) since 2012, before that one of its own files. */
export function operatingSystem(answers: OsAnswers): OperatingSystem {
  const release = assignments(textOf(answers['os-release']) ?? textOf(answers['usr-lib-os-release']) ?? '')
  const lsb = assignments(textOf(answers['etc-lsb-release']) ?? '')
  const old = fromOldFiles(answers, lsb)
  // /etc/os-release may be there and empty, or hold comments alone.
  const hasRelease = release.has('ID') || release.has('NAME')
  const osName = textOrNull(hasRelease ? release.get('NAME') : old?.name)
  const osId = textOrNull(hasRelease ? release.get('ID') : old?.id)
  const osVersion = textOrNull(hasRelease ? release.get('VERSION_ID') : old?.version)
  const others = [...Object.keys(OS_PROBES).flatMap((name) => versionsIn(answers, name)), textOrNull(lsb.get('DISTRIB_RELEASE'))]
  const full = others.find((one) => one !== null && isFuller(one, osVersion))
  return {
    osName,
    osId,
    osVersion,
    osPrettyName: textOrNull(hasRelease ? release.get('PRETTY_NAME') : old?.prettyName),
    osVersionFull: full ?? osVersion ?? textOrNull(release.get('BUILD_ID')),
    osFamily: familyOf({ id: osId, like: release.get('ID_LIKE')?.split(/\s+/) ?? [], name: osName }),
  }
}

interface Old {
  readonly id: string
  readonly name: string
  readonly version: string | null
  readonly prettyName: string | null
}

/** Distributions before os-release, from the file that says most. */
function fromOldFiles(answers: OsAnswers, lsb: ReadonlyMap<string, string>): Old | null {
  const suse = textOf(answers['etc-SuSE-release'])
  if (suse !== null) return fromSuse(suse)
  for (const name of Object.keys(OS_PROBES)) {
    const line = sentence(answers, name)
    const match = line === null ? null : (SENTENCE.exec(line) ?? VMWARE.exec(line))
    if (match !== null) return { id: idOf(match[1]!), name: match[1]!, version: match[2] ?? null, prettyName: line }
  }
  const named = lsb.get('DISTRIB_ID')?.slice(0, 80).trim() ?? ''
  if (named !== '') {
    const description = lsb.get('DISTRIB_DESCRIPTION')?.replaceAll('"', '')
    return { id: idOf(named), name: named, version: lsb.get('DISTRIB_RELEASE') ?? null, prettyName: description ?? null }
  }
  const slackware = /^Slackware (\d[\w.]{0,30})/.exec(textOf(answers['etc-slackware-version']) ?? '')
  if (slackware !== null) return { id: 'slackware', name: 'Slackware', version: slackware[1]!, prettyName: slackware[0] }
  const alpine = textOf(answers['etc-alpine-release'])
  if (alpine !== null) return { id: 'alpine', name: 'Alpine Linux', version: leadingVersion(alpine), prettyName: null }
  if (answers['etc-arch-release'].status === 'ok') return { id: 'arch', name: 'Arch Linux', version: null, prettyName: null }
  const sourceMage = textOf(answers['etc-sourcemage-release'])
  if (sourceMage !== null) return { id: 'smgl', name: 'Source Mage GNU/Linux', version: null, prettyName: null }
  const debian = textOf(answers['etc-debian_version'])
  return debian === null ? null : { id: 'debian', name: 'Debian GNU/Linux', version: leadingVersion(debian), prettyName: null }
}

/** `SUSE Linux Enterprise Server 11 (x86_64)`, `VERSION = 11`, `PATCHLEVEL = 3`. */
function fromSuse(text: string): Old {
  const title = lines(text)[0]?.trim() ?? ''
  const fields = assignments(text)
  const name = /^(.{1,60}?) \d/.exec(title)?.[1] ?? title
  const level = fields.get('PATCHLEVEL')
  const whole = [fields.get('VERSION'), level === '0' ? undefined : level].filter((part) => part !== undefined).join('.')
  const id = name.startsWith('openSUSE') ? 'opensuse' : name.includes('Desktop') ? 'sled' : name.includes('Enterprise') ? 'sles' : 'suse'
  return { id, name, version: whole || null, prettyName: title }
}

/** `CentOS release 6.7 (Final)` */
const SENTENCE = /^(.{1,60}?) release (\d[\w.]{0,30})/

/** `VMware ESX 4.1 (Kandinsky)`, whose service console has a redhat-release beside it. */
const VMWARE = /^(VMware ESXi?(?: Server)?) (\d[\w.]{0,30})/

/** First line of a release file that holds one sentence; null for the others. */
function sentence(answers: OsAnswers, probe: string): string | null {
  if (!/^etc-\w+-release$/.test(probe) || probe === 'etc-lsb-release') return null
  const text = textOf(answers[probe as keyof OsAnswers]) // A key of OS_PROBES, from which OsAnswers is derived.
  const line = lines(text ?? '')[0]?.trim() ?? ''
  return line === '' || line.includes('=') ? null : line
}

function versionsIn(answers: OsAnswers, probe: string): (string | null)[] {
  if (probe === 'etc-debian_version' || probe === 'etc-alpine-release') {
    const text = textOf(answers[probe])
    return text === null ? [] : [leadingVersion(text)]
  }
  const line = sentence(answers, probe)
  return line === null ? [] : [/ release (\d[\w.]{0,30})/.exec(line)?.[1] ?? null]
}

function leadingVersion(text: string): string | null {
  return /^\s{0,8}(\d[\w.]{0,30})/.exec(text)?.[1] ?? null
}

/** Whether it is the same version, told in more parts: 7.9.2009 of 7. Without a version to refine, the first one that is found. */
function isFuller(version: string, than: string | null): boolean {
  return than === null || version.startsWith(`${than}.`)
}

/** The identifier that os-release would have. */
function idOf(name: string): string {
  const word = name.toLowerCase()
  return IDS.find(([pattern]) => pattern.test(word))?.[1] ?? word.replace(/\s+(?:gnu\/)?linux$/, '').replace(/[^a-z0-9._-]+/g, '-')
}

const IDS: readonly (readonly [pattern: RegExp, id: string])[] = [
  [/^red hat (?:enterprise|linux advanced)/, 'rhel'],
  // Red Hat Linux 9 and before.
  [/^red hat/, 'redhat'],
  [/^centos/, 'centos'],
  [/^fedora/, 'fedora'],
  [/^scientific/, 'scientific'],
  [/^oracle|^enterprise linux/, 'ol'],
  [/^amazon/, 'amzn'],
  [/^linux ?mint/, 'linuxmint'],
  [/^arch/, 'arch'],
  [/^cloudlinux/, 'cloudlinux'],
  [/^gentoo/, 'gentoo'],
  [/^mandriva/, 'mandriva'],
  [/^alt linux/, 'altlinux'],
  [/^vmware esx server/, 'vmware-esx'],
]
