import { hash } from 'node:crypto'

/** One line of a known_hosts file, as sshd(8) describes it under "SSH_KNOWN_HOSTS FILE FORMAT". */
interface Line {
  readonly marker: '' | '@revoked' | '@cert-authority'
  /** Comma-separated names, patterns with `*`, `?` and `!`, or one hash `|1|salt|hash`. */
  readonly names: string
  /** Of the key, such as `ssh-ed25519`. */
  readonly type: string
  /** The key itself, base64. */
  readonly key: string
  /** `file:line`, for people. */
  readonly place: string
}

export type Verdict = { readonly is: 'known' | 'new' } | { readonly is: 'changed' | 'revoked' | 'only-ca'; readonly place: string }

/** What is known about the keys of hosts, from several files. Asked for every host, so plain names are looked up, not searched. */
export class KnownHosts {
  readonly #byName = new Map<string, Line[]>()
  readonly #patterns: Line[] = []
  readonly #hashed: Line[] = []

  /** Adds the lines of one file; those that cannot be read are passed over, as ssh(1) does. */
  add(text: string, file: string): void {
    for (const [index, one] of text.split('\n').entries()) {
      const line = parseLine(one, `${file}:${index + 1}`)
      if (line === null) continue
      if (line.names.startsWith('|1|')) this.#hashed.push(line)
      else if (/[*?!]/.test(line.names)) this.#patterns.push(line)
      else for (const name of line.names.toLowerCase().split(',')) this.#index(name, line)
    }
  }

  /** Key types known of a host. It must be asked for these, or it may show another key than the known one. */
  typesOf(name: string): string[] {
    return [...new Set(this.#linesOf(name).flatMap(({ marker, type }) => (marker === '' ? [type] : [])))]
  }

  check(name: string, key: Buffer): Verdict {
    const shown = key.toString('base64')
    const lines = this.#linesOf(name)
    const revoked = lines.find((line) => line.marker === '@revoked' && line.key === shown)
    if (revoked !== undefined) return { is: 'revoked', place: revoked.place }
    const plain = lines.filter(({ marker }) => marker === '')
    if (plain.some((line) => line.key === shown)) return { is: 'known' }
    // Another type counts too: the host was asked for the known one first.
    if (plain[0] !== undefined) return { is: 'changed', place: plain[0].place }
    const authority = lines.find(({ marker }) => marker === '@cert-authority')
    return authority === undefined ? { is: 'new' } : { is: 'only-ca', place: authority.place }
  }

  #linesOf(name: string): Line[] {
    const exact = this.#byName.get(name) ?? []
    const matching = this.#patterns.filter(({ names }) => matches(names.toLowerCase(), name))
    return [...exact, ...matching, ...this.#hashed.filter(({ names }) => isHashOf(names, name))]
  }

  #index(name: string, line: Line): void {
    const lines = this.#byName.get(name)
    if (lines === undefined) this.#byName.set(name, [line])
    else lines.push(line)
  }
}

/** A line for a known_hosts file. */
export function knownHostLine(name: string, key: Buffer): string {
  return `${name} ${keyType(key)} ${key.toString('base64')}`
}

/** RFC 4253, 6.6: a key begins with the length and the name of its type. */
export function keyType(key: Buffer): string {
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0))
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${hash('sha256', key, 'base64').replace(/=+$/, '')}`
}

function parseLine(text: string, place: string): Line | null {
  const words = text.trim().split(/[ \t]+/)
  if (words[0] === '' || words[0]?.startsWith('#') === true) return null
  const marker = words[0] === '@revoked' || words[0] === '@cert-authority' ? words[0] : ''
  const [names, type, key] = marker === '' ? words : words.slice(1)
  if (names === undefined || type === undefined || key === undefined) return null
  return { marker, names, type, key, place }
}

/** OpenSSH's match_hostname: one negated pattern that fits beats all others. */
function matches(patterns: string, name: string): boolean {
  let isMatch = false
  for (const pattern of patterns.split(',')) {
    const isNegated = pattern.startsWith('!')
    if (!fits(isNegated ? pattern.slice(1) : pattern, name)) continue
    if (isNegated) return false
    isMatch = true
  }
  return isMatch
}

/** `*` and `?`, without a regular expression: a pattern of many stars must not take for ever. */
function fits(pattern: string, name: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  let index = 0
  while (index < name.length) {
    if (at < pattern.length && (pattern[at] === '?' || (pattern[at] === name[index] && pattern[at] !== '*'))) {
      at += 1
      index += 1
    } else if (pattern[at] === '*') {
      star = at
      resume = index
      at += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      index = resume
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}

/** HashKnownHosts: `|1|base64 salt|base64 of HMAC-SHA1(salt, name)`. The HMAC by hand, for createHmac costs ten times as much. */
function isHashOf(hashed: string, name: string): boolean {
  const [, , salt = '', expected] = hashed.split('|')
  const inner = Buffer.alloc(64, 0x36)
  const outer = Buffer.alloc(64, 0x5c)
  const bytes = Buffer.from(salt, 'base64')
  if (bytes.length > 64) return false
  for (const [index, byte] of bytes.entries()) {
    inner[index]! ^= byte
    outer[index]! ^= byte
  }
  const first = hash('sha1', Buffer.concat([inner, Buffer.from(name)]), 'buffer')
  return hash('sha1', Buffer.concat([outer, first]), 'base64') === expected
}
