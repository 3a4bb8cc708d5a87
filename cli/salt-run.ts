import { hostname } from 'node:os'
import { join } from 'node:path'
import { checksFor } from '../collector/foreign-checks.ts'
import { prepare } from '../collector/job.ts'
import { Deliveries } from '../collector/run/deliveries.ts'
import { SALT_ADVICE } from '../collector/salt/advice.ts'
import { findMinions, type Minion } from '../collector/salt/find-minions.ts'
import type { Master } from '../collector/salt/master.ts'
import { runMinions } from '../collector/salt/run-minions.ts'
import { beginSeq, keepSeq } from '../collector/ssh/host-certs.ts'
import { Spool } from '../collector/spool.ts'
import { EXIT } from './exit.ts'
import { apiOf } from './post.ts'
import { RunDisplay } from './run-display.ts'
import { loadMiddleware, loadPlugins, type Setup } from './setup.ts'
import { tell } from './text.ts'
import { VERSION } from './version.ts'

export interface SaltRun {
  readonly master: Master
  readonly target: { readonly glob: string } | { readonly list: readonly Minion[] }
  readonly batch: number
  readonly post: boolean
  readonly json: boolean
  /** Ends the run: salt is left alone, and minions that have not answered are not done. */
  readonly signal: AbortSignal
}

/** One run over minions: the exit status is 0 where every one of them was collected, and posted. */
export async function runSalt(loaded: Setup, { master, target, batch, post, json, signal }: SaltRun): Promise<number> {
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
  const deliveries = post ? new Deliveries({ spool, api: await apiOf(loaded) }) : null
  const { here, failed } = await findMinions(master, target, signal)
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
    if (signal.aborted) tell(`stopped: ${left.length} ${left.length === 1 ? 'minion was' : 'minions were'} not done`)
    if (sent !== undefined && sent.dropped > 0) tell(`the spool was full: ${sent.dropped} of the oldest reports gave way`)
    if (sent?.stopped != null) {
      tell(`${sent.left} reports wait in ${spool.folder}: the next run sends them`)
      throw sent.stopped
    }
    return !signal.aborted && display.results.every(({ status }) => status === 'ok') ? EXIT.done : EXIT.failed
  } finally {
    display.close()
  }
}
