import { hostname } from 'node:os'
import { join } from 'node:path'
import { checksFor } from '../collector/foreign-checks.ts'
import { prepare } from '../collector/job.ts'
import { Deliveries } from '../collector/run/deliveries.ts'
import { LastRun, type Undone } from '../collector/run/last-run.ts'
import { failedResult } from '../collector/run/result.ts'
import { SALT_ADVICE } from '../collector/salt/advice.ts'
import { findMinions, type Found, type Minion } from '../collector/salt/find-minions.ts'
import type { Master } from '../collector/salt/master.ts'
import { runMinions } from '../collector/salt/run-minions.ts'
import { beginSeq } from '../collector/ssh/host-certs.ts'
import { Spool } from '../collector/spool.ts'
import { afterStop } from './after-stop.ts'
import { endRun, tellNothing } from './end-run.ts'
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
  readonly undone: readonly Undone[] | null
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
  const [unheard, over] = [new AbortController(), new AbortController()]
  afterStop(API_PATIENCE_MS, () => unheard.abort(), { signal, over: over.signal })
  const api = post ? await apiOf(loaded) : null
  const deliveries = api === null ? null : new Deliveries({ spool, api: { ...api, signal: unheard.signal } })
  const wanted = wantedOf(target, undone)
  if ('list' in wanted && wanted.list.length === 0) return nothingFor(wanted.others)
  // Of a pattern nobody knows what it means before the master has said so.
  const planned = 'list' in wanted ? await LastRun.begin(folder, 'salt', [...wanted.list.map(asUndone), ...wanted.others]) : null
  tell('asking which minions answer ...')
  const { here, failed, unasked, others } = await findWanted(master, wanted, signal)
  const minions = [...here, ...failed.map(({ minion }) => minion), ...unasked]
  if (minions.length === 0 && undone !== null && !signal.aborted) return nothingFor(others)
  const display = new RunDisplay(minions.length, { json, advice: SALT_ADVICE })
  try {
    const lastRun = planned ?? (await LastRun.begin(folder, 'salt', [...minions.map(asUndone), ...others]))
    for (const { minion, failure } of failed) {
      const { reason, message, retryable } = failure
      display.add(failedResult({ host: minion.id, name: minion.name, cause: reason, message, ms: 0, retryable }))
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
      onResult: (result) => {
        if (result.status === 'ok') lastRun.done(result.host)
        display.add(result)
      },
    })
    const names = [...unasked, ...left].map(({ id }) => id)
    const { lastSeq } = surroundings
    return await endRun({ display, lastRun, deliveries, api, spool, dataFolder: folder, lastSeq, left: names, signal })
  } finally {
    over.abort()
    display.close()
  }
}

/** What is to be done, as far as that can be known before any minion is asked. */
type Wanted = ({ readonly glob: string; readonly only: ReadonlySet<string> | null } | { readonly list: readonly Minion[] }) & {
  /** What an earlier run left undone, as far as this one does not touch it. */
  readonly others: readonly Undone[]
}

function wantedOf(target: SaltRun['target'], undone: SaltRun['undone']): Wanted {
  const only = undone === null ? null : new Set(undone.map(({ key }) => key))
  if ('glob' in target) return { ...target, only, others: undone ?? [] }
  const list = target.list.filter(({ id }) => only?.has(id) ?? true)
  return { list, others: without(undone ?? [], list) }
}

interface FoundOf extends Found {
  /** Of a list: those that were not asked before the signal came. */
  readonly unasked: readonly Minion[]
  readonly others: readonly Undone[]
}

async function findWanted(master: Master, wanted: Wanted, signal: AbortSignal): Promise<FoundOf> {
  const found = await findMinions(master, wanted, signal)
  if ('list' in wanted) {
    const heard = new Set([...found.here, ...found.failed.map(({ minion }) => minion)])
    return { ...found, unasked: wanted.list.filter((minion) => !heard.has(minion)), others: wanted.others }
  }
  const isWanted = ({ id }: Minion): boolean => wanted.only?.has(id) ?? true
  const here = found.here.filter(isWanted)
  const failed = found.failed.filter(({ minion }) => isWanted(minion))
  return { here, failed, unasked: [], others: without(wanted.others, [...here, ...failed.map(({ minion }) => minion)]) }
}

function without(undone: readonly Undone[], minions: readonly Minion[]): Undone[] {
  const ids = new Set(minions.map(({ id }) => id))
  return undone.filter(({ key }) => !ids.has(key))
}

function nothingFor(others: readonly Undone[]): number {
  tellNothing('minions', others)
  return EXIT.done
}

function asUndone({ id, name }: Minion): Undone {
  return { key: id, address: id, name }
}
