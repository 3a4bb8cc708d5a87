import { hash } from 'node:crypto'
import { lines } from './formats/text.ts'

/** Fingerprints of public keys as `ssh-keygen -l` prints them: SHA256, base64 without padding. Lines that hold no key are passed over. */
export function fingerprints(text: string): string[] {
  return lines(text).flatMap((line) => {
    const [type = '', body = ''] = line.trim().split(' ', 2)
    const key = Buffer.from(body, 'base64')
    // RFC 4253, 6.6: the key begins with its own type, with the length in front.
    const isKey =
      type !== '' &&
      key.length > type.length + 4 &&
      key.readUInt32BE(0) === type.length &&
      key.toString('latin1', 4, 4 + type.length) === type
    return isKey ? [`SHA256:${hash('sha256', key, 'base64').replace(/=+$/, '')}`] : []
  })
}
