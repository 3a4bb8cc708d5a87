import { createSecretKey } from 'node:crypto'
import type { Client, ParsedKey } from 'ssh2'

/**
 * All that reaches into private fields of ssh2, because it pays in the bench. Each is done only where the fields are as they were in ssh2
 * 1.17; elsewhere the connection works as it is. test/collector/ssh/private-ssh2.test.ts says when a new version has other ones.
 */
export interface Applied {
  readonly keyObjects: boolean
  readonly noProve: boolean
}

/**
 * Call in the event `handshake`.
 *
 * - Cipher keys become KeyObjects: Node 24 takes 12 µs to make a cipher from a Buffer and 4 from a KeyObject, and ssh2 makes one a packet.
 * - The host is not asked to prove its other keys: ssh2 does so unasked, with a signature by each of them, 17 % of what sshd spends on us.
 */
export function trimConnection(client: Client): Applied {
  const inner = client as unknown as {
    _protocol?: { _cipher?: Record<string, unknown>; _decipher?: Record<string, unknown> }
    _remoteVer?: unknown
  }
  const { _cipher: cipher, _decipher: decipher } = inner._protocol ?? {}
  // AES-GCM has a key of the cipher, AES-CTR one of its MAC.
  const isOut = [replaceKey(cipher, '_encKey'), replaceKey(cipher, '_macKey')].includes(true)
  const isIn = [replaceKey(decipher, '_decipherKey'), replaceKey(decipher, '_macKey')].includes(true)
  const noProve = typeof inner._remoteVer === 'string'
  if (noProve) inner._remoteVer = ''
  return { keyObjects: isOut && isIn, noProve }
}

function replaceKey(side: Record<string, unknown> | undefined, field: string): boolean {
  const key = side?.[field]
  if (side === undefined || !(key instanceof Uint8Array) || key.length === 0) return false
  side[field] = createSecretKey(key)
  return true
}

type AuthPk = (user: string, key: unknown, algorithm?: string, sign?: (data: Buffer, done: (signature: Buffer) => void) => void) => void

/**
 * Call right after `connect`. A key signs at once instead of asking first whether it would do: one round trip less. RSA keys still ask, for
 * their hash depends on the answer; so do keys of an agent.
 *
 * @returns whether it was done
 */
export function signAtOnce(client: Client, keys: readonly ParsedKey[]): boolean {
  const inner = client as unknown as { readonly _protocol?: { authPK?: AuthPk } }
  const protocol = inner._protocol
  const original = protocol?.authPK
  if (protocol === undefined || original?.length !== 4) return false
  protocol.authPK = (user, key, algorithm, sign) => {
    const own = sign === undefined ? keys.find((one) => one === key && one.type !== 'ssh-rsa') : undefined
    original.call(protocol, user, key, algorithm, own === undefined ? sign : (data, done) => done(own.sign(data)))
  }
  return true
}
