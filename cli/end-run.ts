import type { Api } from '../collector/api-client.ts'
import { StorageError } from '../collector/errors.ts'
import type { Deliveries } from '../collector/run/deliveries.ts'
import type { LastRun, Undone } from '../collector/run/last-run.ts'
import { keepSeq } from '../collector/ssh/host-certs.ts'
import type { Spool } from '../collector/spool.ts'
import { EXIT } from './exit.ts'
import type { RunDisplay } from './run-display.ts'
import { tell } from './text.ts'

export interface Ending {
  readonly display: RunDisplay
  readonly lastRun: LastRun
  /** Null where reports are not posted, as `api`. */
  readonly deliveries: Deliveries | null
  readonly api: Api | null
  readonly spool: Spool
  readonly dataFolder: string
  /** What `beginSeq` said. */
  readonly lastSeq: number
  /** Hosts that the run was stopped before. */
  readonly left: readonly string[]
  /** Of the run; its reason is told where that is a `StorageError`. */
  readonly signal: AbortSignal
}

/**
 * Sends the last reports, keeps what is still to be done, and says what came of it all: exit status 0 where every host was collected, and posted.
 *
 * @throws {ApiError | StorageError} what kept reports from being posted
 */
export async function endRun(ending: Ending): Promise<number> {
  const { display, lastRun, deliveries, spool, dataFolder, lastSeq, left, signal, api } = ending
  const sent = await deliveries?.finish()
  if (deliveries !== null) await keepSeq(dataFolder, lastSeq, Date.now())
  display.end()
  await lastRun.end()
  const held = display.results.filter(({ outcome }) => outcome === 'held').length
  if (held > 0) tell(`${held} held, for more than one asset could be that host: a person decides, see ${api?.url}/api/v1/conflicts`)
  if (left.length > 0) tell(`stopped: ${few(left)} not done; "--retry-failed" does ${left.length === 1 ? 'it' : 'them'}`)
  if (sent !== undefined && sent.dropped > 0) tell(`the spool was full: ${sent.dropped} of the oldest reports gave way`)
  if (signal.reason instanceof StorageError) throw signal.reason
  if (sent?.stopped != null) {
    if (sent.left !== null)
      tell(`${sent.left} ${sent.left === 1 ? 'report waits' : 'reports wait'} in ${spool.folder}: the next run sends them`)
    throw sent.stopped
  }
  return !signal.aborted && display.results.every(({ status }) => status === 'ok') ? EXIT.done : EXIT.failed
}

/** Why `--retry-failed` has nothing to do. */
export function tellNothing(what: 'hosts' | 'minions', others: readonly Undone[]): void {
  if (others.length === 0) return tell(`nothing is to be done: the last run left no ${what} undone`)
  const named = others.slice(0, 10).map(({ address }) => address)
  const rest = others.length > named.length ? ` and ${others.length - named.length} more` : ''
  tell(`nothing is to be done: what the last run left undone is none of these ${what}, but ${named.join(', ')}${rest}`)
}

function few(hosts: readonly string[]): string {
  const named = `${hosts.slice(0, 3).join(' ')}${hosts.length > 3 ? ' ...' : ''}`
  return hosts.length === 1 ? `1 host (${named}) was` : `${hosts.length} hosts (${named}) were`
}
