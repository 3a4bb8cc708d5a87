import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { PlannedHost } from '../collector/hosts/plan.ts'
import { Deliveries } from '../collector/run/deliveries.ts'
import { keepUndone } from '../collector/run/last-run.ts'
import { runTargets } from '../collector/run/run-targets.ts'
import { retryWaits } from '../collector/run/schedule.ts'
import { Spool } from '../collector/spool.ts'
import { beginSeq, keepSeq } from '../collector/ssh/host-certs.ts'
import { TargetPool, threadsFor } from '../collector/ssh/pool.ts'
import { endOf, entryKey, type Target } from '../collector/ssh/target.ts'
import { layerOf } from '../conf/load.ts'
import { afterStop } from './after-stop.ts'
import { EXIT } from './exit.ts'
import { apiOf } from './post.ts'
import { RunDisplay } from './run-display.ts'
import type { Setup } from './setup.ts'
import { tell } from './text.ts'
import { VERSION } from './version.ts'

export interface SshRun {
  readonly concurrency: number
  readonly post: boolean
  readonly json: boolean
  /** Entries that an earlier run left undone and this one does not touch. */
  readonly undoneBefore: readonly string[]
  /** Ends the run: nothing new is begun, and what is under way has a little time left. */
  readonly signal: AbortSignal
}

/** Time that hosts under way have to finish after Ctrl-C, before their connections are cut; and then the API, for the reports of those that did. */
const PATIENCE_MS = 2_000
const API_PATIENCE_MS = 3_500

/** One run over hosts: the exit status is 0 where every one of them was collected, and posted. */
export async function runHosts(
  loaded: Setup,
  hosts: readonly PlannedHost[],
  { concurrency, post, json, undoneBefore, signal }: SshRun,
): Promise<number> {
  const { settings, folder } = loaded
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  const unheard = new AbortController()
  const deliveries = post ? new Deliveries({ spool, api: { ...(await apiOf(loaded)), signal: unheard.signal } }) : null
  const lastSeq = post ? await beginSeq(folder, Date.now()) : 0
  const pool = await openPool(loaded, { concurrency, post, lastSeq })
  const over = new AbortController()
  const ending = { signal, over: over.signal }
  afterStop(PATIENCE_MS, () => pool.close(), ending)
  afterStop(API_PATIENCE_MS, () => unheard.abort(), ending)
  const display = new RunDisplay(hosts.length, { json })
  try {
    const failed = new Set<string>()
    const reachable: Target[] = []
    for (const { target, obstacle } of hosts) {
      if (obstacle === null) reachable.push(target)
      else {
        failed.add(entryKey(target))
        display.add({
          host: endOf(target),
          name: target.name,
          status: 'failed',
          cause: 'protocol',
          message: obstacle,
          ms: 0,
          retryable: false,
        })
      }
    }
    const left = await runTargets({
      targets: reachable,
      collect: (target) => pool.collect(target),
      deliveries,
      dataFolder: folder,
      limits: {
        concurrency,
        ofGroup: (group) => (group.startsWith('gateway ') ? settings.ssh.perGateway : (settings.ssh.perSubnet ?? concurrency)),
      },
      retrying: {
        waits: retryWaits(settings.ssh.retries),
        random: Math.random,
        wait: (ms, until) => setTimeout(ms, undefined, { signal: until }).catch(() => undefined),
      },
      signal,
      onRunning: (by) => display.running(by),
      onResult: (result, target) => {
        if (result.status === 'failed') failed.add(entryKey(target))
        display.add(result)
      },
    })
    const sent = await deliveries?.finish()
    if (post) await keepSeq(folder, lastSeq, Date.now())
    display.end()
    await keepUndone(folder, 'ssh', [...undoneBefore, ...failed, ...left.map(entryKey)])
    if (left.length > 0) tell(`stopped: ${few(left.map(endOf))} not begun; "--retry-failed" does them`)
    if (sent !== undefined && sent.dropped > 0) tell(`the spool was full: ${sent.dropped} of the oldest reports gave way`)
    if (sent?.stopped != null) {
      if (sent.left !== null) tell(`${sent.left} reports wait in ${spool.folder}: the next run sends them`)
      throw sent.stopped
    }
    return failed.size === 0 && left.length === 0 ? EXIT.done : EXIT.failed
  } finally {
    over.abort()
    display.close()
    await pool.close()
  }
}

function few(hosts: readonly string[]): string {
  const named = `${hosts.slice(0, 3).join(' ')}${hosts.length > 3 ? ' ...' : ''}`
  return hosts.length === 1 ? `1 host (${named}) was` : `${hosts.length} hosts (${named}) were`
}

async function openPool(
  loaded: Setup,
  { concurrency, post, lastSeq }: Pick<SshRun, 'concurrency' | 'post'> & { readonly lastSeq: number },
): Promise<TargetPool> {
  const { settings, folder } = loaded
  const setup = {
    plugins: settings.plugins,
    pluginFolder: layerOf(loaded, ['plugins']).folder,
    middleware: settings.middleware,
    middlewareFolder: layerOf(loaded, ['middleware']).folder,
    dataFolder: folder,
    lastSeq,
    collector: { version: VERSION, mode: 'ssh', name: hostname() },
    pin: post,
  } as const
  return await TargetPool.open(setup, { threads: threadsFor(concurrency, availableParallelism()), concurrency })
}
