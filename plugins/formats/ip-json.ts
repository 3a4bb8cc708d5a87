import { readJson } from './json.ts'
import { ParseError } from '../errors.ts'
import { linkAddressOrNull, linkKind, type LinkFacts } from './link.ts'

/** Interfaces from `ip -j addr` and `ip -j -d link` (iproute2 4.14). */
export function ipJsonLinks(text: string): LinkFacts[] {
  if (text.trim() === '') return []
  return arrayOf(parse(text)).flatMap((item): LinkFacts[] => {
    const link = recordOf(item)
    const name = textIn(link, 'ifname')
    if (name === null || name === '') return []
    const info = recordOf(link['linkinfo'])
    const data = recordOf(info['info_data'])
    const slave = recordOf(info['info_slave_data'])
    const kind = textIn(info, 'info_kind') ?? (textIn(link, 'link_type') === 'loopback' ? 'loopback' : undefined)
    const addresses = Array.isArray(link['addr_info']) ? (link['addr_info'] as unknown[]).map(recordOf) : null
    return [
      {
        name,
        kind: linkKind(kind),
        mac: linkAddressOrNull(textIn(link, 'address')),
        permanentMac: linkAddressOrNull(textIn(slave, 'perm_hwaddr') ?? textIn(link, 'permaddr')),
        mtu: integerIn(link, 'mtu'),
        operState: textIn(link, 'operstate')?.toLowerCase(),
        master: textIn(link, 'master') ?? 'none',
        parent: textIn(link, 'link'),
        vlanId: kind === 'vlan' ? integerIn(data, 'id') : null,
        bondMode: kind === 'bond' ? textIn(data, 'mode') : null,
        ipv4: addresses && addressesOf(addresses, 'inet'),
        ipv6: addresses && addressesOf(addresses, 'inet6'),
      },
    ]
  })
}

function addressesOf(all: readonly Record<string, unknown>[], family: 'inet' | 'inet6'): string[] {
  return all.flatMap((one) => {
    const [address, length] = [textIn(one, 'local'), integerIn(one, 'prefixlen')]
    return one['family'] === family && one['temporary'] !== true && address !== null && length !== null ? [`${address}/${length}`] : []
  })
}

function parse(text: string): unknown {
  try {
    return readJson(text)
  } catch {
    throw new ParseError('expected JSON of ip -j', text)
  }
}

function arrayOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function textIn(record: Record<string, unknown>, field: string): string | null {
  const value = record[field]
  return typeof value === 'string' ? value : null
}

function integerIn(record: Record<string, unknown>, field: string): number | null {
  const value = record[field]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null
}
