/** What one source says of one network interface. A field that it does not speak of is missing or null, and another source may know it. */
export interface LinkFacts {
  readonly name: string
  readonly kind?: LinkKind | null | undefined
  readonly mac?: string | null | undefined
  /** The kernel made the address up, and makes up another one at the next start. */
  readonly isRandomMac?: boolean | null | undefined
  readonly permanentMac?: string | null | undefined
  readonly mtu?: number | null | undefined
  readonly speedMbps?: number | null | undefined
  readonly duplex?: string | null | undefined
  readonly operState?: string | null | undefined
  readonly driver?: string | null | undefined
  readonly busAddress?: string | null | undefined
  readonly isUsb?: boolean | null | undefined
  /** PCI address of the NIC of which this is an SR-IOV virtual function. */
  readonly physicalFunction?: string | null | undefined
  /** The bond, bridge, team or VRF that holds it, or `none`. */
  readonly master?: string | null | undefined
  readonly parent?: string | null | undefined
  readonly vlanId?: number | null | undefined
  readonly bondMode?: string | null | undefined
  /** With prefix length, as in `192.0.2.7/24`. */
  readonly ipv4?: readonly string[] | null | undefined
  readonly ipv6?: readonly string[] | null | undefined
}

/** What an interface is. `tunnel` is every kind that packs packets into packets, `tap` one whose other end is a program. */
export const LINK_KINDS = [
  'physical',
  'virtual-function',
  'loopback',
  'bond',
  'team',
  'bridge',
  'vlan',
  'macvlan',
  'ipvlan',
  'veth',
  'vrf',
  'tunnel',
  'wireguard',
  'tap',
  'dummy',
  'other',
] as const

export type LinkKind = (typeof LINK_KINDS)[number]

/** The kind that a word of `ip -d link` or a DEVTYPE of sysfs means; null for a word that is neither. */
export function linkKind(word: string | undefined): LinkKind | null {
  return word === undefined ? null : (KINDS.get(word) ?? null)
}

/** One record per interface, from the facts of several sources: the first source that knows a field decides it. */
export function mergeLinks(...sources: readonly (readonly LinkFacts[])[]): LinkFacts[] {
  const merged = new Map<string, LinkFacts>()
  for (const facts of sources.flat()) {
    const known = merged.get(facts.name)
    merged.set(facts.name, known === undefined ? facts : { ...facts, ...knownOf(known) })
  }
  return [...merged.values()]
}

/** Hardware address of 6 bytes (Ethernet), 8 (FireWire) or 20 (InfiniBand), lower case with colons; null for anything else and for all zero. */
export function linkAddressOrNull(value: string | null | undefined): string | null {
  const address = (value?.trim() ?? '').toLowerCase()
  // A bound before the split: the text may be anything.
  if (address.length > 59) return null
  const bytes = address.split(':')
  if (![6, 8, 20].includes(bytes.length) || !bytes.every((byte) => /^[0-9a-f]{2}$/.test(byte))) return null
  return bytes.every((byte) => byte === '00') || bytes.every((byte) => byte === 'ff') ? null : address
}

/** Prefix length of a netmask, dotted or as BSD writes it (`0xffffff00`); null for what is none. */
export function prefixOf(mask: string | undefined): number | null {
  const hex = /^(?:0x)?([0-9a-f]{8})$/i.exec(mask ?? '')?.[1]
  const bytes = hex?.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? dotted(mask)
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return /^1{0,32}0{0,32}$/.test(bits) && bits.length === 32 ? bits.lastIndexOf('1') + 1 : null
}

function dotted(mask: string | undefined): number[] {
  return /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(mask ?? '') ? mask!.split('.').map(Number) : []
}

function knownOf(facts: LinkFacts): LinkFacts {
  // Only fields without a value are left out, and `name` always has one.
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null && value !== undefined)) as unknown as LinkFacts
}

const KINDS: ReadonlyMap<string, LinkKind> = new Map<string, LinkKind>([
  ...LINK_KINDS.map((kind) => [kind, kind] as const),
  ['macvtap', 'macvlan'],
  ['ipvtap', 'ipvlan'],
  ['vxcan', 'veth'],
  ['netkit', 'veth'],
  ['tun', 'tap'],
  ['ifb', 'dummy'],
  ['nlmon', 'dummy'],
  ['wlan', 'physical'],
  ['wwan', 'physical'],
  ...['ipip', 'sit', 'gre', 'gretap', 'ip6gre', 'ip6gretap', 'ip6tnl', 'ipip6', 'erspan', 'ip6erspan', 'vti', 'vti6', 'xfrm'].map(
    (word) => [word, 'tunnel'] as const,
  ),
  ...['vxlan', 'geneve', 'gtp', 'bareudp', 'l2tp', 'ppp', 'amt', 'batadv', 'tunnel6'].map((word) => [word, 'tunnel'] as const),
  ...['openvswitch', 'hsr', 'dsa', 'rmnet', 'netdevsim', 'vcan', 'macsec', 'ipoib', 'lowpan'].map((word) => [word, 'other'] as const),
])
