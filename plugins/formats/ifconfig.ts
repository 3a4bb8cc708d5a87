import { linkAddressOrNull, prefixOf, type LinkFacts, type LinkKind } from './link.ts'
import { integerOrNull, lines } from './text.ts'

/**
 * Interfaces from `ifconfig -a`, in the layouts of net-tools 1 (`eth0  Link encap:Ethernet  HWaddr …`, also BusyBox) and 2 (`eth0: flags=…`), in
 * any language: only its words are translated. An alias (`eth0:1`) is an address of its interface. Which IPv6 addresses are temporary it does not say.
 */
export function ifconfigLinks(text: string): LinkFacts[] {
  const links = new Map<string, Draft>()
  let current: Draft | undefined
  for (const line of lines(text)) {
    // Unlike the colon of an error message, that of a label has its value right behind it.
    const head = /^([^\s:]\S{0,63}?):? +(?:flags=|[^:]{1,40}:\S)/.exec(line)
    if (head !== null) {
      const name = head[1]!.replace(/:[\w-]{1,15}$/, '')
      current = links.get(name) ?? { name, ipv4: [], ipv6: [] }
      links.set(name, current)
      if (!line.includes('flags=')) current.mac ??= firstAddress(line)
    } else if (!/^\s/.test(line)) current = undefined
    if (current !== undefined) readDetail(current, line)
  }
  return [...links.values()]
}

interface Draft {
  readonly name: string
  kind?: LinkKind
  mac?: string | null
  mtu?: number | null
  /** Null once an address could not be read: the others would look like all. */
  ipv4: string[] | null
  ipv6: string[] | null
}

function readDetail(link: Draft, line: string): void {
  const mac = /^\s+(?:ether|infiniband) +(\S{17,59})/.exec(line)
  if (mac !== null) link.mac ??= linkAddressOrNull(mac[1])
  if (/Link encap:Local Loopback|\bLOOPBACK\b/.test(line)) link.kind = 'loopback'
  const mtu = /\b(?:MTU:|mtu )(\d{1,9})/.exec(line)
  if (mtu !== null) link.mtu ??= integerOrNull(mtu[1])
  if (/^\s.{0,40}\binet\b/.test(line)) link.ipv4 = joined(link.ipv4, ipv4Of(line))
  if (/^\s.{0,40}\binet6\b/.test(line)) link.ipv6 = joined(link.ipv6, ipv6Of(line))
}

function joined(known: readonly string[] | null, address: string | null): string[] | null {
  return known === null || address === null ? null : [...known, address]
}

function firstAddress(line: string): string | null {
  return line.split(/\s+/, 20).reduce<string | null>((found, word) => found ?? linkAddressOrNull(word), null)
}

/**
 * `inet addr:192.0.2.7  Bcast:192.0.2.255  Mask:255.255.255.0`, in German `inet Adresse:192.0.2.7`, whose mask comes last; or
 * `inet 192.0.2.7  netmask 255.255.255.0  broadcast 192.0.2.255`, on BSD 0xffffff00 or behind a slash.
 */
function ipv4Of(line: string): string | null {
  const first = /(:?)\s{0,4}\b(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(\/\d{1,2})?\b/.exec(line)
  if (first === null) return null
  const [, colon, address, length] = first
  if (length !== undefined) return `${address}${length}`
  const others = line
    .slice(first.index + first[0].length)
    .split(/[\s:]+/, 20)
    .filter((word) => MASK.test(word))
  const prefix = colon === ':' ? prefixOf(others.at(-1)) : (others.map(prefixOf).find((one) => one !== null) ?? null)
  if (prefix !== null) return `${address}/${prefix}`
  // The two ends of a line need no net between them.
  return /P-t-P:|-->|\bdestination\b/.test(line) ? `${address}/32` : address!
}

const MASK = /^(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|(?:0x)?[0-9a-f]{8})$/i

/** `inet6 addr: fe80::1/64 Scope:Link`, `inet6 fe80::1  prefixlen 64  scopeid 0x20<link>`. */
function ipv6Of(line: string): string | null {
  const match = /\s([0-9a-f]{0,4}:[0-9a-f:.]{1,45})(?:%\w{1,15})?(?:\/|\s+[^\d\s]{1,20}\s+)(\d{1,3})\b/i.exec(line)
  return match === null ? null : `${match[1]!.toLowerCase()}/${match[2]}`
}
