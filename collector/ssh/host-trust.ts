import { HostFailure } from './causes.ts'
import { fingerprint, keyType, knownHostLine, type KnownHosts } from './known-hosts.ts'
import { hostKeyName, type Endpoint, type HostKeyPolicy } from './target.ts'

/** The judgement of one connection's host key. */
export interface HostTrust {
  /** Host key algorithms to ask for, those of known keys first. */
  readonly algorithms: readonly string[]
  verify(key: Buffer): boolean
  /** Why the key was refused; null while it was not. */
  fault(): HostFailure | null
  /** Whether the key was known before this connection. */
  isKnown(): boolean
  /** The known_hosts line of a key seen for the first time, to be kept once the login has succeeded; null where there is none to keep. */
  newLine(): string | null
}

export function hostTrust(endpoint: Endpoint, known: KnownHosts): HostTrust {
  const { hostKeys: policy } = endpoint
  const name = hostKeyName(endpoint)
  let fault: HostFailure | null = null
  let isKnown = false
  let line: string | null = null
  return {
    algorithms: hostKeyAlgorithms(known.typesOf(name)),
    verify(key) {
      const verdict = known.check(name, key)
      isKnown = verdict.is === 'known'
      const refused = refusal(name, key, verdict, policy)
      if (refused !== null) fault = new HostFailure('hostkey', refused)
      else if (verdict.is === 'new' && policy === 'accept-new') line = knownHostLine(name, key)
      return fault === null
    },
    fault: () => fault,
    isKnown: () => isKnown,
    newLine: () => line,
  }
}

function refusal(name: string, key: Buffer, verdict: ReturnType<KnownHosts['check']>, policy: HostKeyPolicy): string | null {
  const shown = `${keyType(key)} ${fingerprint(key)}`
  // A revoked key is refused even where nothing else is checked: somebody has said so of this very key.
  if (verdict.is === 'revoked') return `the host key ${shown} of ${name} is revoked in ${verdict.place}`
  if (policy === 'off' || verdict.is === 'known') return null
  if (verdict.is === 'changed')
    return `THE HOST KEY OF ${name} HAS CHANGED: it shows ${shown}, ${verdict.place} has another. Nothing was collected. If the host was installed anew, remove that line`
  if (verdict.is === 'only-ca')
    return `${name} is trusted by a certificate authority alone (${verdict.place}), which only ssh.client 'openssh' can check`
  return policy === 'strict' ? `the host key ${shown} of ${name} is not known, and ssh.hostKeys is 'strict'` : null
}

/** The order that is cheapest to verify. ssh-rsa (SHA-1) is the last resort of hosts such as CentOS 6, which have nothing else. */
const HOST_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-256',
  'rsa-sha2-512',
  'ssh-rsa',
] as const

function hostKeyAlgorithms(types: readonly string[]): readonly string[] {
  if (types.length === 0) return HOST_KEY_ALGORITHMS
  // RFC 8332: keys of type ssh-rsa sign by three algorithms.
  const isWanted = (one: string): boolean => types.includes(one.startsWith('rsa-sha2-') ? 'ssh-rsa' : one)
  return [...HOST_KEY_ALGORITHMS.filter(isWanted), ...HOST_KEY_ALGORITHMS.filter((one) => !isWanted(one))]
}
