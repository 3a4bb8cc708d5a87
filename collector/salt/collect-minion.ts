import { nameFault, type Cert } from '../cert.ts'
import { collectHost, type Collection } from '../collect.ts'
import type { Job } from '../job.ts'
import { HostFailure } from '../ssh/causes.ts'
import { certFor, pinnedFor } from '../ssh/host-certs.ts'
import { pack } from '../packed-report.ts'
import type { Collected, Failed } from '../ssh/results.ts'
import type { Minion } from './find-minions.ts'
import { captureIn } from './minions.ts'

/** What all minions of a run share. */
export interface Surroundings extends Pick<Collection, 'plugins' | 'middleware' | 'checkOf' | 'collector' | 'pin' | 'now'> {
  readonly job: Job
  readonly dataFolder: string
  /** As `beginSeq` says; 0 where nothing is pinned. */
  readonly lastSeq: number
}

/** Names the cert of a minion, apart from that of the same host over SSH. */
export function minionKey(id: string): string {
  return `salt:${id}`
}

/** What a minion said, as a report. Never throws: what is wrong with one minion is its result. */
export async function collectMinion(minion: Minion, said: unknown, ms: number, all: Surroundings): Promise<Collected | Failed> {
  const key = minionKey(minion.id)
  try {
    const before = pinnedFor(key, minion.id, all)
    const capture = captureIn(minion.id, said, all.job)
    const { report, cert } = await collectHost({ ...all, run: async () => capture, cert: certOf(minion, before), address: minion.id })
    return { status: 'ok', key, name: report.identity.name, ...pack(report), ms, newHostKeys: [], cert, before }
  } catch (error) {
    return failed(minion, error, ms)
  }
}

/** Why a minion has no report. What is no `HostFailure` is a mistake of ours, at this minion. */
export function failed({ id, name }: Minion, error: unknown, ms: number): Failed {
  const failure = error instanceof HostFailure ? error : new HostFailure('internal', `${id}: ${String(error)}`, { cause: error })
  const { reason, message, retryable } = failure
  return { status: 'failed', key: minionKey(id), name: name ?? id, ms, newHostKeys: [], cause: reason, message, retryable }
}

/** The list's name, else the pinned one, else the minion's id: somebody gave it, and somebody accepted its key. */
function certOf({ id, name }: Minion, before: Cert | null): Cert {
  const known = certFor(before, name)
  if (known !== null) return known
  const fault = nameFault(id)
  if (fault !== null) throw new HostFailure('parse', `${JSON.stringify(id)} cannot be a name: ${fault}`)
  return { name: id, id: null, assetId: null, seq: 0 }
}
