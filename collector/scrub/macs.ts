/** First bytes that software gives to all of its guests' or containers' addresses: KVM, docker, Xen's bridges, libvirt's taps. */
const SOFTWARE_PREFIXES = ['525400', '0242', 'feffff', 'fe5400']

/**
 * Another address of the same kind. Group addresses, which are nobody's own, stay. The first three bytes of one that a maker or a hypervisor
 * gave tell the model, so they stay; of one that was made up at random only the two bits do that say so.
 */
export function macStandIn(hex: string, noise: Uint8Array): string {
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length !== 6 || bytes[0]! & 1 || bytes.every((byte) => byte === 0)) return hex
  const isGiven = (bytes[0]! & 2) === 0 || SOFTWARE_PREFIXES.some((prefix) => hex.startsWith(prefix))
  const head = isGiven ? bytes.subarray(0, 3) : [(noise[0]! & 0xfc) | (bytes[0]! & 3), ...noise.subarray(1, 3)]
  return Buffer.from([...head, ...noise.subarray(3, 6)]).toString('hex')
}

/** The address in an IPv6 interface identifier (RFC 4291, appendix A); null where it was made in another way. */
export function macInIdentifier(identifier: Uint8Array): string | null {
  if (identifier[3] !== 0xff || identifier[4] !== 0xfe) return null
  const [first, ...rest] = [...identifier.subarray(0, 3), ...identifier.subarray(5)]
  return Buffer.from([first! ^ 2, ...rest]).toString('hex')
}

/** The inverse of `macInIdentifier`. */
export function identifierOf(mac: string): Uint8Array {
  const [first, ...rest] = Buffer.from(mac, 'hex')
  return Buffer.from([first! ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)])
}
