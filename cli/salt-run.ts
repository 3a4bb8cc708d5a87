import { hostname } from 'node:os'
import { join } from 'node:path'
import { checksFor } from '../collector/foreign-checks.ts'
import { prepare } from '../collector/job.ts'
import { Deliveries } from '../collector/run/deliveries.ts'
import { keepUndone } from '../collector/run/last-run.ts'
import { SALT_ADVICE } from '../collector/salt/advice.ts'
import { findMinions, type Found, type Minion } from '../collector/salt/find-minions.ts'
import type { Master } from '../collector/salt/master.ts'
import { runMinions } from '../collector/salt/run-minions.ts'
import { beginSeq, keepSeq } from '../collector/ssh/host-certs.ts'
import { Spool } from '../collector/spool.ts'
import { afterStop } from './after-stop.ts'
import { EXIT } from './exit.ts'
import { apiOf } from './post.ts'
import { RunDisplay } from './run-display.ts'
import { loadMiddleware, loadPlugins, type Setup } from './setup.ts'
import { tell } from './text.ts'
import { VERSION } from './version.ts'

export interface SaltRun {
  readonly master: Master
  readonly target: { readonly glob: string } | { readonly list: readonly Minion[] }
  /** What an earlier run left undone, and this one is to do: nothing else. null: all. */
  readonly undone: ReadonlySet<string> | null
  readonly batch: number
  readonly post: boolean
  readonly json: boolean
  /** Ends the run: salt is left alone, and minions that have not answered are not done. */
  readonly signal: AbortSignal
}

/** Time that the API has after Ctrl-C for the reports that are with it. */
const API_PATIENCE_MS = 3_500

/** One run over minions: the exit status is 0 where every one of them was collected, and posted. */
export async function runSalt(loaded: Setup, { master, target, undone, batch, post, json, signal }: SaltRun): Promise<number> {
  const { settings, folder } = loaded
  const plugins = await loadPlugins(loaded)
  const surroundings = {
    plugins,
    middleware: await loadMiddleware(loaded, plugins),
    checkOf: await checksFor(plugins),
    collector: { version: VERSION, mode: 'salt' as const, name: hostname() },
    pin: post,
    now: Date.now,
    job: prepare(plugins),
    dataFolder: folder,
    lastSeq: post ? await beginSeq(folder, Date.now()) : 0,
  }
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  const unheard = new AbortController()
  const over = new AbortController()
  afterStop(API_PATIENCE_MS, () => unheard.abort(), { signal, over: over.signal })
  const deliveries = post ? new Deliveries({ spool, api: { ...(await apiOf(loaded)), signal: unheard.signal } }) : null
  const { here, failed } = await findWanted(master, target, { undone, signal })
  const touched = new Set([...here, ...failed.map(({ minion }) => minion)].map(({ id }) => id))
  if (touched.size === 0 && undone !== null && !signal.aborted) {
    tell('nothing is to be done: the last run left none of these minions undone')
    return EXIT.done
  }
  const display = new RunDisplay(here.length + failed.length, { json, advice: SALT_ADVICE })
  try {
    for (const { minion, failure } of failed) {
      const { reason, message, retryable } = failure
      display.add({ host: minion.id, name: minion.name, status: 'failed', cause: reason, message, ms: 0, retryable })
    }
    const left = await runMinions({
      master,
      minions: here,
      batch,
      timeoutSeconds: settings.salt.timeoutSeconds,
      surroundings,
      deliveries,
      signal,
      onRunning: (by) => display.running(by),
      onResult: (result) => display.add(result),
    })
    const sent = await deliveries?.finish()
    if (post) await keepSeq(folder, surroundings.lastSeq, Date.now())
    display.end()
    const undoneNow = display.results.filter(({ status }) => status === 'failed').map(({ host }) => host)
    await keepUndone(folder, 'salt', [...undoneNow, ...left.map(({ id }) => id), ...[...(undone ?? [])].filter((id) => !touched.has(id))])
    if (signal.aborted)
      tell(`stopped: ${left.length} ${left.length === 1 ? 'minion was' : 'minions were'} not done; "--retry-failed" does them`)
    if (sent !== undefined && sent.dropped > 0) tell(`the spool was full: ${sent.dropped} of the oldest reports gave way`)
    if (sent?.stopped != null) {
      tell(`${sent.left} reports wait in ${spool.folder}: the next run sends them`)
      throw sent.stopped
    }
    return !signal.aborted && display.results.every(({ status }) => status === 'ok') ? EXIT.done : EXIT.failed
  } finally {
    over.abort()
    display.close()
  }
}

/** Those of the target that are to be done, found by asking no others where that can be known. */
async function findWanted(
  master: Master,
  target: SaltRun['target'],
  { undone, signal }: Pick<SaltRun, 'undone' | 'signal'>,
): Promise<Found> {
  if (undone === null) return await findMinions(master, target, signal)
  if ('list' in target) {
    const list = target.list.filter(({ id }) => undone.has(id))
    return list.length === 0 ? { here: [], failed: [] } : await findMinions(master, { list }, signal)
  }
  const { here, failed } = await findMinions(master, target, signal)
  return { here: here.filter(({ id }) => undone.has(id)), failed: failed.filter(({ minion }) => undone.has(minion.id)) }
}
