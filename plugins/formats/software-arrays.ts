import { SOFTWARE_ARRAY } from './raid-fields.ts'
import { complete, overlay, type RaidView, type SoftwareArray } from './raid-view.ts'

type Known = NonNullable<RaidView['softwareArrays']>[number]

interface Joined {
  array: Known
  /** Grows with each member that was examined: of one array there may be thousands. */
  members: Set<string> | null
}

/** Arrays by UUID and by name: mdstat knows the name, an examined member the UUID, `mdadm --detail` both. Of two that differ the first is right. */
export function joinArrays(arrays: readonly Known[]): SoftwareArray[] {
  const found: Joined[] = []
  const places = new Map<string, number>()
  for (const one of arrays) {
    const keys = [...(one.uuid ? [`uuid ${one.uuid}`] : []), `name ${one.name}`]
    const at = keys.map((key) => places.get(key)).find((place) => place !== undefined) ?? found.length
    for (const key of keys) places.set(key, at)
    const known = found[at]
    if (known === undefined) found.push({ array: one, members: one.members ? new Set(one.members) : null })
    else join(known, one)
  }
  return found.map(({ array, members }) =>
    complete(SOFTWARE_ARRAY, {
      ...array,
      members: members && [...members],
      failedMembers: array.failedMembers ? [...new Set(array.failedMembers)] : null,
    }),
  )
}

function join(known: Joined, other: Known): void {
  known.array = overlay(known.array, other)
  if (!other.members) return
  known.members ??= new Set()
  for (const member of other.members) known.members.add(member)
}
