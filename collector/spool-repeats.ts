import type { Report } from '../cmdb-api/contract.ts'

/** What a report says of its host, as far as the register would record it: a word for each section, and one for who it is. */
export type Said = ReadonlyMap<string, string>

export function saidBy({ identity, labels, sections }: Pick<Report, 'identity' | 'labels' | 'sections'>): Said {
  const words = Object.entries(sections).map(([name, { status, version, digest, data }]): [string, string] => [
    name,
    `${status} ${version} ${digest ?? JSON.stringify(data)}`,
  ])
  return new Map([...words, ['', JSON.stringify([identity, labels])]])
}

/**
 * Of one host's reports in their order, those that only repeat: all that they say was said by the report before that speaks of it, and is said again by
 * the next one that does. Without them the register records the same changes, and the host was seen first and last at the same times.
 */
export function repeats(said: readonly Said[]): ReadonlySet<number> {
  const stale = (order: readonly number[]): Set<string> => {
    const last = new Map<string, string>()
    const same = new Set<string>()
    for (const index of order) {
      for (const [section, word] of said[index]!) {
        if (last.get(section) === word) same.add(`${index} ${section}`)
        last.set(section, word)
      }
    }
    return same
  }
  const order = [...said.keys()]
  const before = stale(order)
  const after = stale(order.toReversed())
  const isRepeat = (index: number): boolean =>
    [...said[index]!.keys()].every((section) => before.has(`${index} ${section}`) && after.has(`${index} ${section}`))
  return new Set(order.filter(isRepeat))
}
