import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { PlannedHost } from '../collector/hosts/plan.ts'
import { Deliveries } from '../collector/run/deliveries.ts'
import { keepUndone } from '../collector/run/last-run.ts'
import { runTargets } from '../collector/run/run-targets.ts'
import { Spool } from '../collector/spool.ts'
import { TargetPool, threadsFor } from '../collector/ssh/pool.ts'
import { endOf, entryKey, type Target } from '../collector/ssh/target.ts'
import { layerOf } from '../conf/load.ts'
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
  /** Ends the run: nothing new is begun, and what is under way has a little time left. */
  readonly signal: AbortSignal
}

/** Waits before the second and third try of a host; what cannot go better by itself is not tried again. */
const RETRY_MS = [2_000, 8_000]

/** Time that hosts under way have to finish after Ctrl-C, before their connections are cut. */
const PATIENCE_MS = 2_500

/** One run over hosts: the exit status is 0 where every one of them was collected, and posted. */
export async function runHosts(loaded: Setup, hosts: readonly PlannedHost[], { concurrency, post, json, signal }: SshRun): Promise<number> {
  const { settings, folder } = loaded
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  const deliveries = post ? new Deliveries({ spool, api: await apiOf(loaded) }) : null
  const pool = await openPool(loaded, { concurrency, post })
  const over = new AbortController()
  signal.addEventListener(
    'abort',
    () =>
      void setTimeout(PATIENCE_MS, undefined, { signal: over.signal }).then(
        () => pool.close(),
        () => undefined,
      ),
    { once: true, signal: over.signal },
  )
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
        waits: RETRY_MS,
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
    display.end()
    await keepUndone(folder, [...failed, ...left.map(entryKey)])
    if (left.length > 0) tell(`stopped: ${left.length} hosts were not begun; "--retry-failed" does them`)
    if (sent !== undefined && sent.dropped > 0) tell(`the spool was full: ${sent.dropped} of the oldest reports gave way`)
    if (sent?.stopped != null) {
      tell(`${sent.left} reports wait in ${spool.folder}: the next run sends them`)
      throw sent.stopped
    }
    return failed.size === 0 && left.length === 0 ? EXIT.done : EXIT.failed
  } finally {
    over.abort()
    display.close()
    await pool.close()
  }
}

async function openPool(loaded: Setup, { concurrency, post }: Pick<SshRun, 'concurrency' | 'post'>): Promise<TargetPool> {
  const { settings, folder } = loaded
  const setup = {
    plugins: settings.plugins,
    pluginFolder: layerOf(loaded, ['plugins']).folder,
    middleware: settings.middleware,
    middlewareFolder: layerOf(loaded, ['middleware']).folder,
    dataFolder: folder,
    collector: { version: VERSION, mode: 'ssh', name: hostname() },
    pin: post,
  } as const
  return await TargetPool.open(setup, { threads: threadsFor(concurrency, availableParallelism()), concurrency })
}
