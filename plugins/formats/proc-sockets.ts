import type { ListeningSocket } from './sockets.ts'
import { lines } from './text.ts'

/** Listening sockets from lines of `/proc/net/tcp`, `tcp6`, `udp` and `udp6` with the file's name in front, as `grep -H` prints them. */
export function procSockets(text: string): ListeningSocket[] {
  const rows = lines(text).flatMap((line) => {
    const match = /^\/proc\/net\/(tcp|udp)6?: *\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):0000 (0A|07) /.exec(line)
    if (match === null) return []
    const [, protocol, address, port, , state] = match
    return state === (protocol === 'tcp' ? '0A' : '07') ? [{ protocol: protocol as 'tcp' | 'udp', address: address!, port: port! }] : []
  })
  // Words of 32 bits in the host's byte order, which is big endian on s390x.
  const isBigEndian = rows.some(({ address }) => /^7F0000..$|^0{24}00000001$/.test(address))
  return rows.flatMap(({ protocol, address, port }) => {
    const words = address.match(/.{8}/g) ?? []
    const bytes = words.flatMap((word) => {
      const four = word.match(/../g)!.map((byte) => Number.parseInt(byte, 16))
      return isBigEndian ? four : four.toReversed()
    })
    const number = Number.parseInt(port, 16)
    return number === 0 || ![4, 16].includes(bytes.length) ? [] : [{ protocol, address: addressOf(bytes), port: number, processes: null }]
  })
}

function addressOf(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255) return `::ffff:${bytes.slice(12).join('.')}`
  const words = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16))
  // The URL parser writes IPv6 addresses as RFC 5952 does.
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1)
}
