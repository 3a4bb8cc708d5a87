import type { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { HostFailure, type Cause } from './causes.ts'
import { connect, type Connection } from './connect.ts'
import type { Keyring } from './credentials.ts'
import { hostTrust } from './host-trust.ts'
import type { KnownHosts } from './known-hosts.ts'
import { endOf, type Deadlines, type Endpoint } from './target.ts'
import { translate } from './translate.ts'

export interface GatewayContext {
  readonly keyring: Keyring
  readonly known: KnownHosts
  /** Called with the known_hosts line of a gateway that was seen for the first time. */
  readonly onNewKey: (line: string) => void
}

export interface Way {
  readonly via: readonly Endpoint[]
  readonly deadlines: Deadlines
}

interface Gateway {
  readonly connection: Promise<Connection>
  /** When it failed or was lost, by the clock of `performance.now()`; null while it is up. */
  failedAt: number | null
}

/**
 * Connections to gateways, each shared by all hosts behind it. A gateway that cannot be reached is not tried again for some seconds, and one
 * that refused us is never: a thousand hosts behind it must not be a thousand failed logins.
 */
export class Gateways {
  readonly #context: GatewayContext
  readonly #gateways = new Map<string, Gateway>()
  readonly #stop = new AbortController()

  constructor(context: GatewayContext) {
    this.#context = context
  }

  /**
   * A channel to a host behind its gateways; null where there are none.
   *
   * @param signal the host's; gateways live on
   * @throws {HostFailure}
   */
  async reach(to: Pick<Endpoint, 'address' | 'port'>, way: Way, signal: AbortSignal): Promise<Duplex | null> {
    const gateway = way.via.at(-1)
    if (gateway === undefined) return null
    const connection = await abortable(this.#connectionTo(way), signal)
    return await openChannel(connection, to, signal)
  }

  /** Ends all connections to gateways, and with them what goes through. */
  async close(): Promise<void> {
    this.#stop.abort(new HostFailure('died', 'the run has ended'))
    const open = await Promise.allSettled([...this.#gateways.values()].map(({ connection }) => connection))
    await Promise.all(open.map(async (one) => (one.status === 'fulfilled' ? await one.value.close() : undefined)))
    this.#gateways.clear()
  }

  #connectionTo(way: Way): Promise<Connection> {
    const key = gatewayKey(way.via)
    const known = this.#gateways.get(key)
    if (known !== undefined && (known.failedAt === null || performance.now() - known.failedAt < REST_MS)) return known.connection
    const gateway: Gateway = { connection: this.#open(way), failedAt: null }
    this.#gateways.set(key, gateway)
    gateway.connection.then(
      async ({ lost }) => {
        await lost
        // Lost is not refused: the next host may connect anew at once.
        if (this.#gateways.get(key) === gateway) this.#gateways.delete(key)
      },
      (error: unknown) => {
        gateway.failedAt = error instanceof HostFailure && !error.retryable ? Number.POSITIVE_INFINITY : performance.now()
      },
    )
    return gateway.connection
  }

  async #open({ via, deadlines }: Way): Promise<Connection> {
    const gateway = via.at(-1)!
    const { keyring, known, onNewKey } = this.#context
    const signal = this.#stop.signal
    try {
      const credentials = await keyring.open(gateway.credentials)
      const trust = hostTrust(gateway, known)
      const through = await this.reach(gateway, { via: via.slice(0, -1), deadlines }, signal)
      const connection = await connect(gateway, { credentials, trust, deadlines, signal, through })
      const line = trust.newLine()
      if (line !== null) onNewKey(line)
      return connection
    } catch (error) {
      const { reason, message, retryable } = translate(error, 'connect', endOf(gateway))
      throw new HostFailure(reason, message.startsWith('gateway ') ? message : `gateway ${message}`, { cause: error, retryable })
    }
  }
}

const REST_MS = 10_000

/** A connection serves those alone who would have made the same one: to that machine, with those credentials, trusting it as much. */
function gatewayKey(via: readonly Endpoint[]): string {
  return JSON.stringify(
    via.map(({ address, port, user, hostKeyAlias, hostKeys, credentials }) => {
      const { key, passphrase, password, agent } = credentials
      return [address, port, user, hostKeyAlias, hostKeys, key, passphrase, password, agent]
    }),
  )
}

async function openChannel(
  connection: Connection,
  { address, port }: Pick<Endpoint, 'address' | 'port'>,
  signal: AbortSignal,
): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>()
  const { end, client, lost } = connection
  void lost.then((failure) => reject(new HostFailure(failure.reason, `gateway ${failure.message}`, { cause: failure })))
  try {
    client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
      if (error !== undefined) reject(refused(error, `${address}:${port}`, end))
      // Nobody waits for it any more.
      else if (signal.aborted) channel.destroy()
      else resolve(channel)
    })
  } catch (error) {
    reject(translate(error, 'connect', `gateway ${end}`))
  }
  return await abortable(promise, signal)
}

/** RFC 4254, 5.1: why a channel was not opened. sshd puts the error of its own connect into the text. */
function refused(error: Error, to: string, end: string): HostFailure {
  const causes: readonly (readonly [RegExp, Cause, string])[] = [
    [/prohibited/i, 'protocol', 'may not be reached through it (AllowTcpForwarding, PermitOpen)'],
    [/name or service|resolve|name resolution/i, 'dns', 'has a name that it does not know'],
    [/timed? ?out/i, 'timeout', 'does not answer it'],
  ]
  const [, cause, said] = causes.find(([pattern]) => pattern.test(error.message)) ?? [null, 'refused' as const, 'cannot be reached from it']
  return new HostFailure(cause, `${to} ${said} (gateway ${end})`, { cause: error })
}

/** Stops waiting when the signal says so; the work itself goes on, and its failure is then nobody's. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined)
  signal.throwIfAborted()
  const { promise, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason as Error) // Aborted with a HostFailure.
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
