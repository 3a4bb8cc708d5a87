import type { Fields } from '../../plugins/items.ts'
import { compareItems, same, type Verdict } from './compare.ts'

export default function service(section: Record<string, unknown> | null, expected: Record<string, unknown>): Verdict[] {
  const asserted = Array.isArray(expected['units']) ? (expected['units'] as Fields[]) : []
  const listed = asserted.filter((unit) => !isElsewhere(unit))
  const verdicts = compareItems('units', listed, section?.['units'], {
    by: { name: same },
    fields: { name: same, state: same, load: same, active: same, sub: same },
  })
  const others = asserted.filter(isElsewhere).map(({ name }): Verdict => ({
    field: `otherUnits[${String(name)}]`,
    expected: name,
    actual: null,
    equal: false,
    unsupported: true,
  }))
  return [...verdicts, ...others]
}

/** Units that systemd makes of what other sections tell (devices, mounts, swap, snaps) or of logins, and names that nothing stands behind. */
function isElsewhere({ name, state, load }: Fields): boolean {
  const unit = String(name)
  if (/\.(?:device|scope|slice)$/.test(unit) || state === 'transient' || load === 'not-found') return true
  if (/\.(?:mount|swap|automount)$/.test(unit))
    return state === 'generated' || unit.startsWith('snap-') || (state === undefined && !unit.endsWith('.automount'))
  return /^(?:user|user-runtime-dir|lvm2-pvscan|systemd-[\w-]+)@[^.]/.test(unit)
}
