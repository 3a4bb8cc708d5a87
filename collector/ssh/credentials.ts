import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2'
import { resolveSecret } from '../../conf/secrets.ts'
import { codeOf } from '../write-file.ts'
import { steadyAgent } from './agent.ts'
import { HostFailure } from './causes.ts'
import { Secret } from './secret.ts'
import type { CredentialRefs } from './target.ts'

/** With what one end is logged in to. Never prints what it holds. */
export class Credentials {
  /** Parsed once, however many hosts they open. */
  readonly #keys: readonly ParsedKey[]
  readonly agent: BaseAgent | null
  readonly password: Secret | null

  constructor(keys: readonly ParsedKey[], agent: BaseAgent | null, password: Secret | null) {
    this.#keys = keys
    this.agent = agent
    this.password = password
  }

  get keys(): readonly ParsedKey[] {
    return this.#keys
  }

  toString(): string {
    return '[credentials]'
  }

  toJSON(): string {
    return '[credentials]'
  }

  [inspect.custom](): string {
    return '[credentials]'
  }
}

/**
 * Opens credentials by reference, each only once.
 *
 * @throws {HostFailure} with reason `auth` where a file, variable or passphrase is missing or wrong; it stays so for all hosts that need it
 */
export class Keyring {
  readonly #opened = new Map<string, Promise<Credentials>>()

  async open(refs: CredentialRefs): Promise<Credentials> {
    const id = JSON.stringify([refs.key, refs.passphrase, refs.password, refs.agent])
    const known = this.#opened.get(id) ?? open(refs)
    this.#opened.set(id, known)
    return await known
  }
}

/** @throws {HostFailure} with reason `auth` */
export function secretOf(reference: string | null, setting: string): Secret | null {
  if (reference === null) return null
  try {
    return new Secret(resolveSecret(reference, setting))
  } catch (error) {
    throw new HostFailure('auth', error instanceof Error ? error.message : String(error))
  }
}

async function open({ key, passphrase, password, agent }: CredentialRefs): Promise<Credentials> {
  const secret = secretOf(password, 'ssh.password')
  const phrase = secretOf(passphrase, 'ssh.passphrase')
  if (key === null) return new Credentials(await defaultKeys(phrase, secret === null && agent === null), steady(agent), secret)
  try {
    return new Credentials([await keyIn(key, phrase)], null, secret)
  } catch (error) {
    // A key that is locked here is often open in the agent.
    if (agent === null) throw error
    return new Credentials([], steady(agent), secret)
  }
}

function steady(agent: string | null): BaseAgent | null {
  return agent === null ? null : steadyAgent(agent)
}

/** In the order of ssh(1), the fastest first. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/** Those that are there and can be opened; where they are all there is, one that cannot is told. */
async function defaultKeys(phrase: Secret | null, isAll: boolean): Promise<ParsedKey[]> {
  const keys: ParsedKey[] = []
  const faults: unknown[] = []
  for (const name of DEFAULT_KEYS) {
    try {
      keys.push(await keyIn(join(homedir(), '.ssh', name), phrase))
    } catch (error) {
      if (!(error instanceof HostFailure && codeOf(error.cause) === 'ENOENT')) faults.push(error)
    }
  }
  if (keys.length === 0 && isAll) {
    if (faults.length > 0) throw faults[0]
    throw new HostFailure('auth', 'there is no agent, and no key in ~/.ssh: set ssh.key, ssh.agent or ssh.password')
  }
  return keys
}

async function keyIn(file: string, phrase: Secret | null): Promise<ParsedKey> {
  let pem: Buffer
  try {
    pem = await readFile(file)
  } catch (cause) {
    throw new HostFailure('auth', `the key ${file} cannot be read (${codeOf(cause)})`, { cause })
  }
  const parsed = ssh2.utils.parseKey(pem, phrase?.reveal())
  // One file may hold several; the first is what ssh2 itself takes.
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  if (key instanceof Error) {
    const isLocked = /encrypted|passphrase|decrypt|bad decrypt/i.test(key.message)
    throw new HostFailure(
      'auth',
      isLocked ? `the key ${file} needs its passphrase: set ssh.passphrase, or use an agent` : `${file}: ${key.message}`,
    )
  }
  if (key === undefined || !key.isPrivateKey()) throw new HostFailure('auth', `${file} holds no private key`)
  return key
}
