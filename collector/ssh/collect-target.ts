import { randomBytes } from 'node:crypto'
import type { Report } from '../../cmdb-api/contract.ts'
import type { Capture } from '../../plugins/frames.ts'
import { collectHost, type Collection } from '../collect.ts'
import type { Cert } from '../cert.ts'
import type { Job } from '../job.ts'
import { doorFor } from './become.ts'
import { HostFailure } from './causes.ts'
import { connect } from './connect.ts'
import { secretOf, type Keyring } from './credentials.ts'
import { runScript, type Execution } from './exec.ts'
import { certFor, pinnedFor } from './host-certs.ts'
import { hostTrust } from './host-trust.ts'
import type { Gateways } from './jump.ts'
import type { KnownHosts } from './known-hosts.ts'
import { start } from './remote.ts'
import { endOf, endpointFault, entryKey, type Target } from './target.ts'
import { lateIn } from './translate.ts'

/** What all hosts of one thread share. */
export interface Surroundings extends Pick<Collection, 'plugins' | 'middleware' | 'checkOf' | 'collector' | 'pin' | 'now' | 'memo'> {
  readonly job: Job
  readonly keyring: Keyring
  readonly known: KnownHosts
  readonly knownHostsFiles: readonly string[]
  readonly gateways: Gateways
  readonly dataFolder: string
  /** As `beginSeq` says; 0 where nothing is pinned. */
  readonly lastSeq: number
  /** Called with the known_hosts line of a host that was seen for the first time. */
  readonly onNewKey: (line: string) => void
}

export interface CollectedTarget {
  readonly report: Report
  /** To be kept before the report is spooled; null where nothing is pinned. */
  readonly cert: Cert | null
  /** What the host's cert said before. */
  readonly before: Cert | null
}

/**
 * One entry of the host list to one report, within its deadlines. Whatever happens, nothing stays open.
 *
 * @throws {HostFailure}
 */
export async function collectTarget(target: Target, all: Surroundings): Promise<CollectedTarget> {
  // First of all: a host whose cert says nothing is not asked for nothing.
  const before = pinnedFor(entryKey(target), endOf(target), all)
  const capture = await captureOf(target, all)
  try {
    const { plugins, middleware = [], checkOf, collector, pin, now, memo } = all
    const run = async (): Promise<Capture> => capture
    const { report, cert } = await collectHost({
      plugins,
      middleware,
      run,
      cert: certFor(before, target.name),
      pin,
      address: target.address,
      collector,
      now,
      ...(checkOf !== undefined && { checkOf }),
      ...(memo !== undefined && { memo }),
    })
    return { report, cert, before }
  } catch (cause) {
    throw new HostFailure('parse', `${endOf(target)}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/**
 * The answers of one host.
 *
 * @throws {HostFailure}
 */
export async function captureOf(target: Target, all: Surroundings): Promise<Capture> {
  const fault = [target, ...target.via].map(endpointFault).find((one) => one !== null)
  if (fault !== undefined) throw new HostFailure('dns', fault)
  const over = new AbortController()
  const { hostMs } = target.deadlines
  const late = setTimeout(() => over.abort(lateIn('open', endOf(target), hostMs)), hostMs)
  try {
    const password = target.become === null ? null : secretOf(target.sudoPassword, 'ssh.sudoPassword')
    const execution: Execution = {
      job: all.job,
      door: doorFor({ become: target.become, password, token: randomBytes(8).toString('hex') }),
      password,
      become: target.become,
      maxBytes: target.maxBytes ?? MAX_BYTES,
      signal: over.signal,
    }
    return target.client === 'openssh' ? await byOpenssh(target, all, execution) : await bySsh2(target, all, execution)
  } finally {
    clearTimeout(late)
  }
}

/** Room for every probe at its longest; a good answer has 50 KB to 2 MB. */
const MAX_BYTES = 32 * 1024 * 1024

async function bySsh2(target: Target, { keyring, known, gateways, onNewKey }: Surroundings, execution: Execution): Promise<Capture> {
  const { signal } = execution
  const credentials = await keyring.open(target.credentials)
  const through = await gateways.reach(target, target, signal)
  const trust = hostTrust(target, known)
  const connection = await connect(target, { credentials, trust, deadlines: target.deadlines, signal, through })
  try {
    const line = trust.newLine()
    if (line !== null) onNewKey(line)
    return await runScript(await start(connection, execution.door.command), execution)
  } finally {
    await connection.close()
  }
}

async function byOpenssh(target: Target, { knownHostsFiles }: Surroundings, execution: Execution): Promise<Capture> {
  // execa is 60 ms to load, and few hosts need it.
  const { startOpenssh } = await import('./openssh.ts')
  const remote = startOpenssh(target, execution.door.command, knownHostsFiles)
  try {
    return await runScript(remote, execution)
  } finally {
    remote.kill()
  }
}
