import type { Measured } from './measure.ts'

/** Counted in asserted values, except `cases` and `failed`: cases whose section failed or broke an invariant. */
export interface Tally {
  readonly cases: number
  readonly values: number
  readonly agreeing: number
  readonly deliberate: number
  readonly wrong: number
  readonly unsupported: number
  readonly failed: number
}

/** By plugin, then by source. */
export function tally(all: readonly Measured[]): Record<string, Record<string, Tally>> {
  const byPlugin = Object.entries(Object.groupBy(all, (one) => one.plugin))
  return Object.fromEntries(
    byPlugin.map(([plugin, cases = []]) => {
      const bySource = Object.entries(Object.groupBy(cases, (one) => one.source))
      return [plugin, Object.fromEntries(bySource.map(([source, some = []]) => [source, count(some)]))]
    }),
  )
}

/** By plugin. */
export function totals(all: readonly Measured[]): Record<string, Tally> {
  const byPlugin = Object.entries(Object.groupBy(all, (one) => one.plugin))
  return Object.fromEntries(byPlugin.map(([plugin, cases = []]) => [plugin, count(cases)]))
}

function count(cases: readonly Measured[]): Tally {
  const values = cases.flatMap((one) => one.values)
  const of = (kind: string): number => values.filter((one) => one.kind === kind).length
  return {
    cases: cases.length,
    values: values.length,
    agreeing: of('agreeing'),
    deliberate: of('deliberate'),
    wrong: of('wrong'),
    unsupported: of('unsupported'),
    failed: cases.filter((one) => one.failures.length > 0).length,
  }
}
