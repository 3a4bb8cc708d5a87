import { compareFields, compareItems, folded, same, setOf, type Mapping } from './compare.ts'

const FIGURES = { sockets: same, cores: same, threads: same, threadsPresent: same, vendor: folded }

/** Sockets have no name that sources share: they are paired in the order of what is told of them. */
const mapping: Mapping = (section, expected) => [
  ...compareFields(expected, section, { ...FIGURES, models: setOf(folded) }),
  ...compareItems('packages', numbered(expected['packages']), numbered(section?.['packages']), {
    by: { number: same },
    fields: { model: folded, vendor: folded, cores: same, threads: same, speedMHz: same, maxMHz: same },
  }),
]

export default mapping

/** Packages in an order of their own, biggest first, so that a source's order does not matter. */
function numbered(packages: unknown): unknown {
  if (!Array.isArray(packages)) return packages
  const items = packages as Readonly<Record<string, unknown>>[]
  return items
    .toSorted((a, b) => Number(b['cores'] ?? 0) - Number(a['cores'] ?? 0) || Number(b['threads'] ?? 0) - Number(a['threads'] ?? 0))
    .map((item, number) => ({ ...item, number }))
}
