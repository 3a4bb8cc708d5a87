import { isIPv4, isIPv6 } from 'node:net'
import { canIdentify } from '../../plugins/formats/placeholders.ts'
import { uuidOrNull } from '../../plugins/formats/text.ts'
import { NOBODY } from './learn.ts'
import type { StandIns } from './stand-ins.ts'

/** What can be told to be private by its form alone. The earlier form is tried first. The patterns ignore case. */
export const FORMS = {
  pem: /-----BEGIN [A-Z0-9 ]{1,40}-----[^-]{1,100000}/,
  sshKey: /\bAAAA[A-Z0-9+/]{40,}={0,2}[^\n]{0,300}/,
  fingerprint: /(?<=SHA256:)[A-Z0-9+/]{43}/,
  /** Of iSCSI and of NVMe over fabrics: behind the year and month, a domain turned round and what its owner likes. */
  qualifiedName: /(?<=\b[in]qn\.\d{4}-\d\d\.)[\w.:-]+/,
  // Units of systemd that are made from a template look the same.
  email: /[\w.+-]{1,64}@[\w.-]{1,253}\.(?!(?:service|socket|timer|target|mount|swap|path|slice|scope|device|conf)\b)[a-z]{2,24}\b/,
  home: /(?<=\/home\/)[^/\s:;,'"]+/,
  lvm: /(?<![\w-])\w{6}(?:-\w{4}){5}-\w{6}(?![\w-])/,
  lvmMapping: /(?<=\bLVM-)\w{64}/,
  uuid: /(?<![0-9a-f])[0-9a-f]{8}(?:(?:-|_|\\x2d)[0-9a-f]{4}){3}(?:-|_|\\x2d)[0-9a-f]{12}(?![0-9a-f])/,
  mdUuid: /(?<![0-9a-f:])[0-9a-f]{8}(?::[0-9a-f]{8}){3}(?![0-9a-f:])/,
  /** Ethernet's 6 bytes, and the 8 and 20 of others. */
  mac: /(?<!(?<![0-9a-z])[0-9a-f]{2}:)(?<![0-9a-f])(?:[0-9a-f]{2}:){5,19}[0-9a-f]{2}(?![0-9a-f:])|(?<![\w-])(?:[0-9a-f]{2}-){5}[0-9a-f]{2}(?![\w-])/,
  /** Machine ids, ids of containers, WWNs; not the kernel's `pci:v00008086d00001041`. */
  hex: /(?<![0-9a-f]|:v)(?=[a-f]{0,40}\d)(?=\d{0,40}[a-f])[0-9a-f]{16,}(?![0-9a-f])/,
  ipv6: /(?:(?<![\w:])|(?<=\/\w{1,40}:))(?=[0-9a-f]{0,4}:[0-9a-f:]{0,40}:|::)[0-9a-f:]{2,40}(?:\d{0,3}(?:\.\d{1,3}){3})?(?![\w:])/,
  ipv4: /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)/,
} as const satisfies Record<string, RegExp>

export type Form = keyof typeof FORMS

/** The stand-in of a text of each form; itself where it is nobody's own. */
export const STAND_INS: Readonly<Record<Form, (found: string, made: StandIns, addresses: ReadonlySet<string>) => string>> = {
  pem: (text, { word }) => {
    const [head, ...body] = text.split('\n')
    return [head, ...body.map((line) => word(line.toLowerCase()))].join('\n')
  },
  sshKey: (text, { word }) => {
    const [key = '', ...comment] = text.split(' ')
    // The type of the key, in front of it, stays with its length.
    const head = Math.ceil(((4 + Buffer.from(key, 'base64').readUInt32BE(0)) * 4) / 3)
    const body = key.slice(head)
    return [key.slice(0, head) + like(body, word(body.toLowerCase())), ...comment.map((one) => nameStandIn(one, word))].join(' ')
  },
  fingerprint: (text, { word }) => word(text.toLowerCase()),
  qualifiedName: (text, { word }) => nameStandIn(text, word),
  email: (text, { word }) => nameStandIn(text, word),
  home: (text, { word }) => nameStandIn(text, word),
  lvm: (text, { word }) => across(text, /-/, word),
  lvmMapping: (text, { word }) => text.replace(/.{32}/g, (one) => word(one.toLowerCase())),
  uuid: (text, { word }) => (uuidOrNull(text.replaceAll(/_|\\x2d/g, '-')) === null ? text : across(text, /-|_|\\x2d/, word)),
  mdUuid: (text, { word }) => across(text, /:/, word),
  mac: (text, { mac, word }) => across(text, /[:-]/, text.length === 17 ? mac : word),
  hex: (text, { word }) => {
    if (!canIdentify(text)) return text
    // SCSI ids as udev and multipath write them have the kind of their WWN in front.
    return /^3(?:.{16}|.{32})$/.test(text) ? `3${word(text.slice(1).toLowerCase())}` : word(text.toLowerCase())
  },
  ipv6: (text, { address }, addresses) => {
    const found = text.toLowerCase()
    // netstat writes a port behind the address: `::1:631`.
    const end = addresses.has(found) || !addresses.has(found.slice(0, found.lastIndexOf(':'))) ? found.length : found.lastIndexOf(':')
    return isIPv6(found.slice(0, end)) ? address(found.slice(0, end)) + found.slice(end) : text
  },
  ipv4: (text, { address }) => (isIPv4(text) ? address(text) : text),
}

/** Part by part, so that a host's name stands for itself with and without its domain. */
export function nameStandIn(name: string, word: StandIns['word']): string {
  return name.replace(/[^@.:\s]+/g, (part) => (NOBODY.has(part.toLowerCase()) ? part : word(part.toLowerCase())))
}

/** A stand-in in upper or lower case as what was found. */
export function like(found: string, standIn: string): string {
  if (found === found.toLowerCase()) return standIn
  if (found === found.toUpperCase()) return standIn.toUpperCase()
  return standIn.replace(/./gs, (sign, at: number) => (found[at] !== found[at]?.toLowerCase() ? sign.toUpperCase() : sign))
}

/** Makes a stand-in of what lies between separators, and puts them back. */
function across(text: string, separator: RegExp, make: (joined: string) => string): string {
  const parts = text.split(separator)
  const between = [...text.matchAll(new RegExp(separator, 'g'))].map(([one]) => one)
  const made = make(parts.join('').toLowerCase())
  let at = 0
  return parts.map((part, index) => made.slice(at, (at += part.length)) + (between[index] ?? '')).join('')
}
