import { lines } from './text.ts'

/** Gateways of the IPv4 default routes in `/proc/net/route`. */
export function defaultGateways(text: string): string[] {
  const rows = lines(text).map((line) => line.split('\t', 8).map((word) => word.trim()))
  // Words in the host's byte order. A netmask begins with its ones, so one that ends with them is little endian.
  const isBigEndian = rows.some(([, , , , , , , mask = '']) => mask.startsWith('FF') && !mask.endsWith('FF'))
  return rows.flatMap(([, destination, gateway = '', , , , , mask]) => {
    if (destination !== '00000000' || mask !== '00000000' || !/^[0-9A-F]{8}$/.test(gateway) || gateway === '00000000') return []
    const bytes = gateway.match(/../g)!.map((byte) => Number.parseInt(byte, 16))
    return [(isBigEndian ? bytes : bytes.toReversed()).join('.')]
  })
}

/** Servers of `nameserver` lines in resolv.conf(5). */
export function nameServers(text: string): string[] {
  return lines(text).flatMap((line) => {
    const address = /^\s*nameserver\s+([0-9a-fA-F.:]{2,45})(?:%\S{1,15})?\s*$/.exec(line)?.[1]
    return address === undefined ? [] : [address.toLowerCase()]
  })
}
