import { RunnerError } from '../errors.ts'
import { deliverResult, keptResult } from '../run/deliver-result.ts'
import type { Deliveries } from '../run/deliveries.ts'
import { failedResult, type HostResult } from '../run/result.ts'
import { HostFailure } from '../ssh/causes.ts'
import type { Collected, Failed } from '../ssh/results.ts'
import { askMinions, batchesOf } from './ask-minions.ts'
import { collectMinion, failed, type Surroundings } from './collect-minion.ts'
import type { Minion } from './find-minions.ts'
import type { Master } from './master.ts'
import { callFor, failureIn } from './minions.ts'

export interface MinionRun {
  readonly master: Master
  /** Those that answered a moment ago. */
  readonly minions: readonly Minion[]
  /** Minions asked at once: their answers are in memory together. */
  readonly batch: number
  readonly timeoutSeconds: number
  readonly surroundings: Surroundings
  /** Null where reports are not posted: then they are in the results. */
  readonly deliveries: Deliveries | null
  readonly signal: AbortSignal
  readonly onRunning: (by: 1 | -1) => void
  /** Of each minion once, as soon as its last word is known. */
  readonly onResult: (result: HostResult) => void
}

/** Collects minions batch by batch, and has their reports posted; gives back those that were not done when the signal came. */
export async function runMinions(run: MinionRun): Promise<Minion[]> {
  const left: Minion[] = []
  for (const batch of batchesOf(run.minions, run.batch)) {
    if (run.signal.aborted) left.push(...batch)
    else left.push(...(await runBatch(batch, run)))
  }
  return left
}

async function runBatch(batch: readonly Minion[], run: MinionRun): Promise<Minion[]> {
  const { master, surroundings, timeoutSeconds, deliveries, signal, onRunning } = run
  const begun = performance.now()
  const waiting = new Map(batch.map((minion) => [minion.id, minion]))
  const underWay: Promise<void>[] = []
  const call = callFor(surroundings.job, timeoutSeconds)
  const spent = (): number => Math.round(performance.now() - begun)
  let broken: RunnerError | null = null
  for (const _ of batch) onRunning(1)
  try {
    for await (const { minion: id, said } of askMinions(master, [...waiting.keys()], call, signal)) {
      const minion = waiting.get(id)
      if (minion === undefined) continue
      waiting.delete(id)
      underWay.push(settle(minion, await collectMinion(minion, said, spent(), surroundings), run))
    }
  } catch (error) {
    if (!(error instanceof RunnerError)) throw error
    broken = error
  }
  if (!signal.aborted) {
    for (const minion of waiting.values()) {
      const failure = broken === null ? failureIn(minion.id, undefined) : new HostFailure('reset', `${minion.id}: ${broken.message}`)
      underWay.push(settle(minion, failed(minion, failure, spent()), run))
    }
    waiting.clear()
  }
  // The reports of one batch are answered before the next comes: an API that is slower than Salt must not fill the memory.
  const stragglers = setInterval(() => deliveries?.flush(), FLUSH_MS)
  await Promise.all(underWay)
  clearInterval(stragglers)
  return [...waiting.values()]
}

const FLUSH_MS = 50

async function settle(
  { id }: Minion,
  result: Collected | Failed,
  { deliveries, surroundings, onRunning, onResult }: MinionRun,
): Promise<void> {
  onRunning(-1)
  if (result.status === 'failed') {
    const { name, cause, message, ms, retryable } = result
    onResult(failedResult({ host: id, name, cause, message, ms, retryable }))
  } else if (deliveries === null) onResult(keptResult(id, result))
  else onResult(await deliverResult(id, result, deliveries, surroundings.dataFolder))
}
