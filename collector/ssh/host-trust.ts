import { HostFailure } from './causes.ts'
import { fingerprint, keyType, knownHostLine, type KnownHosts } from './known-hosts.ts'
import { endOf, hostKeyName, type Endpoint } from './target.ts'

/** The judgement of one connection's host key. */
export interface HostTrust {
  /** Host key algorithms to ask for, those of known keys first. */
  readonly algorithms: readonly string[]
  verify(key: Buffer): boolean
  /** Why the key was refused; null while it was not. */
  fault(): HostFailure | null
  /** Whether the key was known before this connection. */
  isKnown(): boolean
  /** Type and fingerprint of the key; empty before it was shown. */
  shownKey(): string
  /** The known_hosts line of a key seen for the first time, to be kept once the login has succeeded; null where there is none to keep. */
  newLine(): string | null
}

export function hostTrust(endpoint: Endpoint, known: KnownHosts): HostTrust {
  const { hostKeys: policy } = endpoint
  const name = hostKeyName(endpoint)
  let fault: HostFailure | null = null
  let isKnown = false
  let line: string | null = null
  let shown = ''
  return {
    algorithms: hostKeyAlgorithms(known.typesOf(name)),
    verify(key) {
      const verdict = known.check(name, key)
      isKnown = verdict.is === 'known'
      shown = `${keyType(key)} ${fingerprint(key)}`
      fault = refusal(endpoint, shown, verdict)
      if (fault !== null) return false
      if (verdict.is === 'new' && policy === 'accept-new') line = knownHostLine(name, key)
      return true
    },
    fault: () => fault,
    isKnown: () => isKnown,
    shownKey: () => shown,
    newLine: () => line,
  }
}

function refusal(endpoint: Endpoint, shown: string, verdict: ReturnType<KnownHosts['check']>): HostFailure | null {
  const [name, end, policy] = [hostKeyName(endpoint), endOf(endpoint), endpoint.hostKeys]
  // A revoked key is refused even where nothing else is checked: somebody has said so of this very key.
  if (verdict.is === 'revoked') return new HostFailure('hostkey', `${end}: its host key ${shown} is revoked in ${verdict.place}`)
  if (policy === 'off' || verdict.is === 'known') return null
  if (verdict.is === 'changed')
    return new HostFailure(
      'hostkey',
      `${end}: THE HOST KEY OF ${name} HAS CHANGED: it shows ${shown}, ${verdict.place} has another. Nothing was collected. If the host was installed anew, remove that line`,
    )
  if (verdict.is === 'only-ca')
    return new HostFailure(
      'newkey',
      `${end}: ${name} is trusted by a certificate authority alone (${verdict.place}), which only ssh.client 'openssh' can check`,
    )
  if (policy === 'accept-new') return null
  const who = `ssh.hostKeys, or StrictHostKeyChecking of the ssh config, takes known ones alone`
  return new HostFailure('newkey', `${end}: its host key ${shown} is not known, and ${who}`)
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
