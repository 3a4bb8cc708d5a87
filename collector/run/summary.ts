import { CAUSES, type Cause } from '../ssh/causes.ts'
import type { HostResult } from './result.ts'

/** Failures of one cause, and what to do about them. */
export interface Failures {
  readonly cause: Cause
  readonly count: number
  /** The first few hosts. */
  readonly hosts: readonly string[]
  /** What the first of them said. */
  readonly message: string
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
      message: ofCause[0]!.message ?? '',
      advice: advice[cause] ?? CAUSES[cause].advice,
    }))
    .toSorted((a, b) => b.count - a.count)
}
