import type { RawAnswer } from '../plugins/answer.ts'
import type { Plugin } from '../plugins/define.ts'
import type { Capture } from '../plugins/frames.ts'
import { scrubHexAddresses, scrubVpd } from './scrub/encoded.ts'
import { FORMS } from './scrub/forms.ts'
import { learn } from './scrub/learn.ts'
import { replacers, type Replace } from './scrub/replace.ts'
import { emptyUnread, scrubTables } from './scrub/smbios.ts'
import { standIns } from './scrub/stand-ins.ts'

interface Options {
  /** Random text, another one for each recording, and kept nowhere. */
  readonly salt: string
  /** They say what is private, by how they name it, and what is not: packages, versions, models. */
  readonly plugins: readonly Plugin[]
}

/**
 * A capture that may be shown to others: serial numbers, MACs, addresses, UUIDs, keys and names are replaced by stand-ins of the same
 * form, the same value by the same one throughout, so that plugins read the same shape from it.
 */
export function scrub(capture: Capture, { salt, plugins }: Options): Capture {
  const isBigEndian = /\b(?:s390x?|ppc|ppc64)\s*$/m.test(capture.probes['uname-fields']?.stdout ?? '')
  const replace = replacers(learn(capture, plugins), standIns(salt), { plugins, macs: macsIn(capture) })
  const texts = (name: string): Replace => {
    const { anywhere, amongNames } = replace
    if (NAMES.has(name)) return amongNames
    if (name === 'dmi-tables') return (text) => scrubTables(text, anywhere)
    if (name === 'dmidecode') return (text) => anywhere(emptyUnread(text))
    if (name === 'sysfs-block-vpd') return (text) => scrubVpd(text, anywhere)
    if (name.startsWith('proc-net-')) return (text) => anywhere(scrubHexAddresses(text, isBigEndian, anywhere))
    return anywhere
  }
  const probes = Object.entries(capture.probes).map(([name, answer]): [string, RawAnswer] => [
    name,
    { ...answer, stdout: texts(name)(answer.stdout), stderr: replace.anywhere(answer.stderr) },
  ])
  return { ...capture, probes: Object.fromEntries(probes) }
}

/** Probes whose texts hold names and little else: here even a host that is called `linux` or a user `disk` is found. */
const NAMES = new Set(['uname', 'uname-fields', 'etc-hosts', 'etc-passwd', 'etc-group', 'etc-resolv-conf', 'proc-version', 'ssh-host-keys'])

/** As 12 hex digits: names of network interfaces and disks have them without colons. */
function macsIn(capture: Capture): Set<string> {
  const form = new RegExp(FORMS.mac, 'gi')
  const found = Object.values(capture.probes).flatMap(({ stdout }) => stdout.match(form) ?? [])
  return new Set(found.map((mac) => mac.toLowerCase().replaceAll(/[:-]/g, '')).filter((mac) => mac.length === 12))
}
