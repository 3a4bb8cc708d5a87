import type { Fields } from '../../plugins/items.ts'
import { compareItems, itemsOf, same, verdict, type Verdict } from './compare.ts'

/** A unit that the plugin leaves out asserts one thing: that it be listed. */
export default function service(section: Record<string, unknown> | null, expected: Record<string, unknown>): Verdict[] {
  const found = itemsOf(section?.['units'])
  const names = new Set(found.map(({ name }) => name))
  return itemsOf(expected['units']).flatMap((unit) => {
    if (!names.has(unit['name'])) return [{ ...verdict('units', unit, null), unsupported: isUnclear(unit) }]
    return compareItems('units', [unit], found, {
      by: { name: same },
      fields: { name: same, state: same, load: same, active: same, sub: same },
    })
  })
}

/** `systemctl list-units` alone does not tell which of these have a file, and which systemd made of fstab and the like. */
function isUnclear({ name, state }: Fields): boolean {
  return state === undefined && /\.(?:mount|swap|slice)$/.test(String(name))
}
