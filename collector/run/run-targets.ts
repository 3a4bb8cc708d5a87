import { isIPv4, isIPv6 } from 'node:net'
import type { Cause } from '../ssh/causes.ts'
import { ownKnownHosts, rememberHostKeys } from '../ssh/host-key-files.ts'
import type { TargetResult } from '../ssh/results.ts'
import { endOf, type Target } from '../ssh/target.ts'
import { deliverResult, keptResult } from './deliver-result.ts'
import type { Deliveries } from './deliveries.ts'
import { failedResult, type HostResult } from './result.ts'
import { schedule, type Limits, type Retrying, type Task } from './schedule.ts'

export interface TargetRun {
  readonly targets: readonly Target[]
  readonly collect: (target: Target) => Promise<TargetResult>
  /** Null where reports are not posted: then they are in the results. */
  readonly deliveries: Deliveries | null
  readonly dataFolder: string
  readonly limits: Limits
  readonly retrying: Omit<Retrying<TargetResult>, 'worthwhile'>
  readonly signal: AbortSignal
  /** Host keys cannot be kept: the next run would take any other key for the first one. The caller ends the run, by the signal. */
  readonly onBroken: (error: unknown) => void
  /** Tries that have begun, less those that have ended. */
  readonly onRunning: (by: 1 | -1) => void
  /** A host waits for another try, and why; null: it does no longer. */
  readonly onResting: (target: Target, cause: Cause | null) => void
  /** Of each host once, as soon as its last word is known. */
  readonly onResult: (result: HostResult, target: Target) => void
}

const FLUSH_MS = 250

interface TargetTask extends Task {
  readonly target: Target
}

/** Collects hosts, and has their reports posted while others are still being collected; gives back those that were not done when the signal came. */
export async function runTargets({
  targets,
  collect,
  deliveries,
  dataFolder,
  limits,
  retrying,
  signal,
  onBroken,
  onRunning,
  onResting,
  onResult,
}: TargetRun): Promise<Target[]> {
  const deliveriesUnderWay = new Set<Promise<void>>()
  // The last few reports of a run make no full batch.
  const stragglers = setInterval(() => deliveries?.flush(), FLUSH_MS)
  let keysKept: Promise<void> = Promise.resolve()
  const stopped: Target[] = []
  const left = await schedule<TargetTask, TargetResult>({
    tasks: targets.map((target) => ({ target, group: groupOf(target) })),
    limits,
    signal,
    retrying: { ...retrying, worthwhile: (result) => result.status === 'failed' && result.retryable },
    work: async ({ target }) => {
      onRunning(1)
      const result = await collect(target)
      onRunning(-1)
      const { key, name, ms, newHostKeys } = result
      // One writer at a time, so that no two lines of the file are mixed; and after one that failed none, for lines may be missing.
      keysKept = keysKept.then(() => rememberHostKeys(ownKnownHosts(dataFolder), newHostKeys))
      try {
        await keysKept
        return result
      } catch (error) {
        onBroken(error)
        return { key, name, ms, newHostKeys: [], status: 'stopped' }
      }
    },
    onResting: ({ target }, result) => onResting(target, result?.status === 'failed' ? result.cause : null),
    onResult: ({ target }, result) => {
      const { name, ms } = result
      const host = endOf(target)
      if (result.status === 'failed') {
        const { cause, message, retryable } = result
        onResult(failedResult({ host, name, cause, message, ms, retryable }), target)
      } else if (result.status === 'stopped') stopped.push(target)
      else if (deliveries === null) onResult(keptResult(host, result), target)
      else {
        const delivered = deliverResult(host, result, deliveries, dataFolder).then((told) => onResult(told, target))
        deliveriesUnderWay.add(delivered)
        void delivered.finally(() => deliveriesUnderWay.delete(delivered))
      }
    },
  })
  await Promise.all(deliveriesUnderWay)
  clearInterval(stragglers)
  return [...stopped, ...left.map(({ target }) => target)]
}

/** Hosts that share what may be overloaded: their gateway, else their subnet (a /24, or a /64). */
export function groupOf({ via: [gateway], address }: Target): string {
  if (gateway !== undefined) return `gateway ${endOf(gateway)}`
  if (isIPv4(address)) return `subnet ${address.slice(0, address.lastIndexOf('.'))}`
  return isIPv6(address) ? `subnet ${prefixOf(address)}` : `name ${address}`
}

/** The first 64 bits of an IPv6 address, which may be written in several ways. */
function prefixOf(address: string): string {
  const [head = '', tail] = address.split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first!.length - last!.length)
  const groups = [...first!, ...Array<string>(zeros).fill('0'), ...last!]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
