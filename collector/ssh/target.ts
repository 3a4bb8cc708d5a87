/** How one end of a connection is logged in to; all secrets by reference (`env:`, `file:`, `credential:`), resolved in the worker. */
export interface CredentialRefs {
  /** Private key file; null: the agent's keys, then those in ~/.ssh. */
  readonly key: string | null
  readonly passphrase: string | null
  readonly password: string | null
  /** Socket of an ssh-agent; null: none is asked. */
  readonly agent: string | null
}

/** One machine to connect to: the host itself, or a gateway on the way. */
export interface Endpoint {
  readonly address: string
  /** What the user's ssh config calls it, where ssh(1) is to find its lines by that and to go to `address`. */
  readonly alias?: string
  readonly port: number
  readonly user: string
  readonly credentials: CredentialRefs
  /** By what name its host key is known, as HostKeyAlias of ssh_config; null: its address and port. */
  readonly hostKeyAlias: string | null
  readonly hostKeys: HostKeyPolicy
}

export type HostKeyPolicy = 'strict' | 'accept-new' | 'off'

export interface Deadlines {
  /** For connecting and logging in. */
  readonly connectMs: number
  /** For the host altogether. */
  readonly hostMs: number
  /** A host that does not answer a sign of life for three times as long has died. Default 10 s. */
  readonly aliveMs?: number
}

/** One entry of the host list, with all that is needed to collect it. Plain data: it crosses threads. */
export interface Target extends Endpoint {
  /** The asset's name by the list; null: the pinned one, else what the host calls itself. */
  readonly name: string | null
  /** Gateways, nearest first. */
  readonly via: readonly Endpoint[]
  readonly become: 'sudo' | null
  /** Reference; null: sudo must not ask. */
  readonly sudoPassword: string | null
  readonly client: 'ssh2' | 'openssh'
  readonly deadlines: Deadlines
  /** Bytes of output after which a host is given up. Default 32 MB. */
  readonly maxBytes?: number
}

/** What known_hosts calls an endpoint: the port is named where it is not 22. */
export function hostKeyName({ address, port, hostKeyAlias }: Endpoint): string {
  const name = (hostKeyAlias ?? address).toLowerCase()
  return port === 22 || hostKeyAlias !== null ? name : `[${name}]:${port}`
}

/** Tells the entries of a host list apart, and names their certs: private addresses behind two gateways are two hosts. */
export function entryKey({ via, ...own }: Pick<Target, 'via' | 'address' | 'port' | 'hostKeyAlias'>): string {
  return [...via, own].map(({ address, port }) => (port === 22 ? address : `[${address}]:${port}`).toLowerCase()).join('>')
}

/** Why an endpoint cannot be connected to; null when it can be tried. An address that begins with a hyphen would be an option of ssh(1). */
export function endpointFault({ address, alias, port, user }: Pick<Endpoint, 'address' | 'alias' | 'port' | 'user'>): string | null {
  for (const name of [address, alias ?? address])
    if (!/^[\p{L}\p{N}_:][\p{L}\p{N}_.:%-]{0,254}$/u.test(name)) return `${JSON.stringify(name)} is no host name and no address`
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `${port} is no port`
  if (!/^[^-\s\p{Cc}][^\s\p{Cc}]{0,254}$/u.test(user)) return `${JSON.stringify(user)} is no login name`
  return null
}

/** An end of a connection, for messages. */
export function endOf({ user, address, port }: Pick<Endpoint, 'user' | 'address' | 'port'>): string {
  return `${user}@${address}${port === 22 ? '' : `:${port}`}`
}
