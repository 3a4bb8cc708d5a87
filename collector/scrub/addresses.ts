import { isIPv4 } from 'node:net'
import { identifierOf, macInIdentifier } from './macs.ts'
import type { Noise } from './stand-ins.ts'

/** Networks whose addresses are meant for one purpose, and how many of their first bits say so. `all`: an address there is nobody's own. */
const KINDS: readonly (readonly [network: string, bits: number, keep?: 'all'])[] = [
  ['0.0.0.0', 8, 'all'],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8, 'all'],
  ['169.254.0.0', 16, 'all'],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3, 'all'],
  ['::', 64, 'all'],
  ['2000::', 3],
  ['fe80::', 64],
  ['fc00::', 7],
  ['ff00::', 8, 'all'],
]

/**
 * Another address of the same kind, each bit behind those that tell the kind being kept or turned as the bits before it decide: so addresses
 * of one network stay in one, and no two become one (the method of Crypto-PAn). Loopback, link-local IPv4, multicast and netmasks stay.
 */
export function addressStandIn(address: string, noise: Noise, mac: (hex: string) => string): string {
  const bytes = bytesOf(address)
  if (isMapped(bytes)) return `::ffff:${addressStandIn([...bytes.subarray(12)].join('.'), noise, mac)}`
  const kind = kindOf(bytes)
  if (kind?.[2] === 'all') return address
  const own = bytes.length === 16 ? macInIdentifier(bytes.subarray(8)) : null
  // A public address may become one of another kind: turned again, it comes back to its own, and still no two become one.
  for (let turned = turn(bytes, kind?.[1] ?? 0, noise); ; turned = turn(turned, kind?.[1] ?? 0, noise)) {
    if (kindOf(turned) !== kind) continue
    return textOf(own === null ? turned : Buffer.concat([turned.subarray(0, 8), identifierOf(mac(own))]))
  }
}

/** 4 or 16 bytes of an address that is one. */
export function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const mapped = /:([\d.]+\.\d+)$/.exec(address)?.[1]
  if (mapped !== undefined) {
    const hex = bytesOf(mapped).toString('hex')
    return bytesOf(`${address.slice(0, -mapped.length)}${hex.slice(0, 4)}:${hex.slice(4)}`)
  }
  const [head, tail] = address.split('::').map((part) => part.split(':').filter((word) => word !== ''))
  const words = tail === undefined ? head! : [...head!, ...Array<string>(8 - head!.length - tail.length).fill('0'), ...tail]
  return Buffer.from(words.map((word) => word.padStart(4, '0')).join(''), 'hex')
}

/** The usual spelling of an address. */
export function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16))
  // The URL parser writes IPv6 addresses as RFC 5952 does.
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1)
}

function isMapped(bytes: Buffer): boolean {
  return bytes.length === 16 && bytes.toString('hex', 0, 12) === '00000000000000000000ffff'
}

const NETWORKS = KINDS.map((kind) => ({ kind, start: bitsOf(bytesOf(kind[0])).slice(0, kind[1]), size: bytesOf(kind[0]).length }))

function kindOf(bytes: Uint8Array): (typeof KINDS)[number] | undefined {
  const bits = bitsOf(bytes)
  return NETWORKS.find(({ start, size }) => size === bytes.length && bits.startsWith(start))?.kind
}

function turn(bytes: Uint8Array, from: number, noise: Noise): Buffer {
  const bits = bitsOf(bytes)
  const turned = bits.replace(/./g, (bit, at: number) => {
    const isKept = at < from || (noise(`bit ${bits.slice(0, at)}`, 1)[0]! & 1) === 0
    return isKept ? bit : bit === '0' ? '1' : '0'
  })
  return Buffer.from(turned.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
}

function bitsOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
}
