import { OUTCOMES } from '../../cmdb-api/contract.ts'
import { CAUSES, type Cause } from '../ssh/causes.ts'
import type { HostResult } from './result.ts'

/** Failures of one cause, and what to do about them. */
export interface Failures {
  readonly cause: Cause
  readonly count: number
  /** The first few hosts. */
  readonly hosts: readonly string[]
  readonly advice: string
}

const FEW = 3

/**
 * Failed hosts by cause, the most frequent first.
 *
 * @param advice where it is another one than over SSH
 */
export function failuresOf(results: readonly HostResult[], advice: Partial<Readonly<Record<Cause, string>>> = {}): Failures[] {
  const byCause = Map.groupBy(
    results.filter(({ cause }) => cause !== null),
    ({ cause }) => cause!,
  )
  return [...byCause]
    .map(([cause, ofCause]) => ({
      cause,
      count: ofCause.length,
      hosts: ofCause.slice(0, FEW).map(({ host }) => host),
      advice: advice[cause] ?? CAUSES[cause].advice,
    }))
    .toSorted((a, b) => b.count - a.count)
}

/** What the API made of the reports of a run, as `2 created, 985 unchanged`; null where it has answered none. */
export function outcomesOf(results: readonly HostResult[]): string | null {
  const counts = Map.groupBy(results, ({ outcome }) => outcome)
  const parts = OUTCOMES.flatMap((outcome) => (counts.has(outcome) ? [`${counts.get(outcome)!.length} ${outcome}`] : []))
  return parts.length === 0 ? null : parts.join(', ')
}

/** Hosts of a run that are one asset: the same machine under several names or addresses, or one that was copied with its identity. */
export function sharedAssets(results: readonly HostResult[]): { readonly name: string; readonly hosts: readonly string[] }[] {
  const byAsset = Map.groupBy(
    results.filter(({ assetId }) => assetId !== null),
    ({ assetId }) => assetId,
  )
  return [...byAsset.values()]
    .filter(({ length }) => length > 1)
    .map((same) => ({ name: same[0]!.name ?? same[0]!.host, hosts: same.map(({ host }) => host) }))
}
