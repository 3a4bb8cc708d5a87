import type { Fields } from '../../plugins/items.ts'
import { itemsOf, verdict, type Verdict } from './compare.ts'

/** Sources tell the state and may write the port by its service's name; every socket of the section is in the state that its protocol listens in. */
export default function port(section: Record<string, unknown> | null, expected: Record<string, unknown>): Verdict[] {
  const found = itemsOf(section?.['sockets']).map(asListed)
  return itemsOf(expected['sockets']).flatMap((socket) => {
    const asserted = asListed(socket)
    const mate = found.find((one) => one.protocol === asserted.protocol && one.address === asserted.address && one.port === asserted.port)
    const label = `${String(asserted.protocol)} ${asserted.address}:${asserted.port}`
    // Left out on purpose, so one value and not one for each field.
    if (mate === undefined && Number(asserted.port) >= 32_768) return [verdict(`dynamicSockets[${label}]`, label, null)]
    return Object.entries(socket).map(([field, value]) => {
      const actual = mate === undefined ? null : field === 'state' ? stateOf(mate.protocol) : value
      return verdict(`sockets[${label}].${field}`, value, actual)
    })
  })
}

function asListed(item: Fields): { readonly protocol: unknown; readonly address: string; readonly port: string } {
  const name = String(item['localPort'] ?? item['port'])
  const address = String(item['localAddress'] ?? item['address'])
  return {
    protocol: item['netid'] ?? item['protocol'],
    address: address.replace(/^\[|\]$/g, ''),
    port: SERVICES[name] ?? name,
  }
}

function stateOf(protocol: unknown): string {
  return protocol === 'tcp' ? 'LISTEN' : 'UNCONN'
}

/** Names of `ss` without -n in the recorded texts (IANA). */
const SERVICES: Readonly<Record<string, string>> = {
  ssh: '22',
  smtp: '25',
  domain: '53',
  bootps: '67',
  bootpc: '68',
  http: '80',
  sunrpc: '111',
  ntp: '123',
  https: '443',
  ipp: '631',
  mysql: '3306',
  postgresql: '5432',
  mdns: '5353',
}
