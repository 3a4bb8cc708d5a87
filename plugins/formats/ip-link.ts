import { linkAddressOrNull, linkKind, type LinkFacts, type LinkKind } from './link.ts'
import { integerOrNull, textOrNull } from './text.ts'

/**
 * Interfaces from `ip addr` and `ip link`, with any of `-d`, `-s`, `-o`; iproute2 or BusyBox. Lines that are something else (routes,
 * neighbours, counters, virtual functions) are passed over. `hasAddresses` says that the command lists addresses, so that none means none.
 */
export function ipLinks(text: string, { hasAddresses }: { readonly hasAddresses: boolean }): LinkFacts[] {
  const links = new Map<string, Draft>()
  let current: Draft | undefined
  // One-line output separates what would be lines by a backslash.
  for (const line of text.split(/[\n\\]/)) {
    const head = /^\d{1,10}: (\S{1,64}?)(?:@(\S{1,64}))?: <([^<>]{0,400})>/.exec(line)
    if (head !== null) {
      current = { name: head[1]!, ipv4: hasAddresses ? [] : null, ipv6: hasAddresses ? [] : null }
      links.set(current.name, current)
      readHead(current, head[2], line.slice(head[0].length))
      continue
    }
    const oneLine = /^\d{1,10}: (\S{1,64}) +(?=inet6? )/.exec(line)
    if (oneLine !== null) {
      current = links.get(oneLine[1]!) ?? { name: oneLine[1]!, ipv4: [], ipv6: [] }
      links.set(current.name, current)
    }
    if (current !== undefined) readDetail(current, oneLine === null ? line : line.slice(oneLine[0].length))
  }
  return [...links.values()].map((link) => ({ ...link, kind: link.kind ?? link.linkKind }))
}

interface Draft {
  readonly name: string
  kind?: LinkKind | null
  linkKind?: LinkKind | null
  mac?: string | null
  permanentMac?: string | null
  mtu?: number | null
  operState?: string | null
  master?: string
  parent?: string | null
  vlanId?: number | null
  bondMode?: string | null
  busAddress?: string | null
  ipv4: string[] | null
  ipv6: string[] | null
}

function readHead(link: Draft, lower: string | undefined, rest: string): void {
  const value = words(rest)
  link.mtu = integerOrNull(value.get('mtu'))
  link.operState = textOrNull(value.get('state'))?.toLowerCase() ?? null
  link.master = value.get('master') ?? 'none'
  // "@if45" is an index in another network namespace, "@NONE" a tunnel on no interface.
  if (lower !== undefined && lower !== 'NONE' && !/^if\d+$/.test(lower)) link.parent = lower
}

function readDetail(link: Draft, line: string): void {
  const parts = line.trim().split(' ', 60)
  const [first, second] = parts
  if (first === undefined || first === '') return
  if (first === 'inet' || first === 'inet6') readAddress(link, parts)
  else if (first.startsWith('link/')) {
    const value = words(line)
    link.mac = linkAddressOrNull(second)
    link.permanentMac ??= linkAddressOrNull(value.get('permaddr'))
    if (value.get('parentbus') === 'pci') link.busAddress = value.get('parentdev') ?? null
    link.linkKind = first === 'link/loopback' ? 'loopback' : TUNNELS.has(first.slice(5)) ? 'tunnel' : null
  } else if (first === 'bond_slave') link.permanentMac = linkAddressOrNull(words(line).get('perm_hwaddr'))
  else if (link.kind === undefined && linkKind(first) !== null) {
    const value = words(line)
    link.kind = linkKind(first)
    if (first === 'bond') link.bondMode = textOrNull(value.get('mode'))
    if (first === 'vlan') link.vlanId = integerOrNull(value.get('id'))
  }
}

function readAddress(link: Draft, [family, address = '', next, peer, ...flags]: readonly string[]): void {
  // A privacy address lives for a day: RFC 8981.
  if (flags.includes('temporary') || next === 'temporary') return
  const known = family === 'inet' ? (link.ipv4 ??= []) : (link.ipv6 ??= [])
  // Beside a peer the prefix length is printed with the peer's address alone.
  const length = address.includes('/') ? '' : `/${(next === 'peer' ? peer?.split('/')[1] : undefined) ?? (family === 'inet' ? 32 : 128)}`
  if (!/^[0-9a-fA-F.:]{2,45}(?:\/\d{1,3})?$/.test(address)) return
  known.push(`${address.toLowerCase()}${length}`)
}

/** Each word with the one behind it: `mtu 1500 master bond0`. The first of its name counts. */
function words(line: string): Map<string, string> {
  const parts = line.slice(0, 4000).split(' ').filter(Boolean)
  const map = new Map<string, string>()
  for (const [at, word] of parts.entries()) if (!map.has(word) && parts[at + 1] !== undefined) map.set(word, parts[at + 1]!)
  return map
}

const TUNNELS: ReadonlySet<string> = new Set(['sit', 'ipip', 'gre', 'gre6', 'tunnel', 'tunnel6', 'ip6gre'])
