import { availableParallelism, hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { PlannedHost } from '../collector/hosts/plan.ts'
import { Deliveries } from '../collector/run/deliveries.ts'
import { LastRun, type Undone } from '../collector/run/last-run.ts'
import { failedResult, type HostResult } from '../collector/run/result.ts'
import { runTargets } from '../collector/run/run-targets.ts'
import { retryWaits } from '../collector/run/schedule.ts'
import { Spool } from '../collector/spool.ts'
import { beginSeq } from '../collector/ssh/host-certs.ts'
import { TargetPool, threadsFor } from '../collector/ssh/pool.ts'
import { endOf, entryKey, type Target } from '../collector/ssh/target.ts'
import { layerOf } from '../conf/load.ts'
import { afterStop } from './after-stop.ts'
import { endRun } from './end-run.ts'
import { apiOf } from './post.ts'
import { RunDisplay } from './run-display.ts'
import type { Setup } from './setup.ts'
import { VERSION } from './version.ts'

export interface SshRun {
  readonly concurrency: number
  readonly post: boolean
  readonly json: boolean
  /** Hosts that an earlier run left undone and this one does not touch. */
  readonly others: readonly Undone[]
  /** Ends the run: nothing new is begun, and what is under way has a little time left. */
  readonly signal: AbortSignal
}

/** Time that hosts under way have to finish after Ctrl-C, before their connections are cut; and then the API, for the reports of those that did. */
const PATIENCE_MS = 2_000
const API_PATIENCE_MS = 3_500

/** One run over hosts: the exit status is 0 where every one of them was collected, and posted. */
export async function runHosts(
  loaded: Setup,
  hosts: readonly (PlannedHost & Undone)[],
  { concurrency, post, json, others, signal: asked }: SshRun,
): Promise<number> {
  const { settings, folder } = loaded
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  const [unheard, broken, over] = [new AbortController(), new AbortController(), new AbortController()]
  const signal = AbortSignal.any([asked, broken.signal])
  const api = post ? await apiOf(loaded) : null
  const deliveries = api === null ? null : new Deliveries({ spool, api: { ...api, signal: unheard.signal } })
  const lastSeq = post ? await beginSeq(folder, Date.now()) : 0
  const pool = await openPool(loaded, { concurrency, post, lastSeq })
  const ending = { signal, over: over.signal }
  afterStop(PATIENCE_MS, () => pool.close(), ending)
  afterStop(API_PATIENCE_MS, () => unheard.abort(), ending)
  const display = new RunDisplay(hosts.length, { json })
  try {
    const lastRun = await LastRun.begin(folder, 'ssh', [...hosts, ...others])
    for (const { target, obstacle } of hosts) if (obstacle !== null) display.add(unreachable(target, obstacle))
    const left = await runTargets({
      targets: hosts.flatMap(({ target, obstacle }) => (obstacle === null ? [target] : [])),
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
      onBroken: (error) => broken.abort(error),
      onRunning: (by) => display.running(by),
      onResting: (target, cause) => display.resting(target, cause),
      onResult: (result, target) => {
        if (result.status === 'ok') lastRun.done(entryKey(target))
        display.add(result)
      },
    })
    return await endRun({ display, lastRun, deliveries, api, spool, dataFolder: folder, lastSeq, left: left.map(endOf), signal })
  } finally {
    over.abort()
    display.close()
    await pool.close()
  }
}

function unreachable(target: Target, obstacle: string): HostResult {
  const host = endOf(target)
  return failedResult({ host, name: target.name, cause: 'config', message: `${host}: ${obstacle}`, ms: 0, retryable: false })
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
