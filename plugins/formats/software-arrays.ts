import { SOFTWARE_ARRAY } from './raid-fields.ts'
import { complete, overlay, type RaidView, type SoftwareArray } from './raid-view.ts'

type Known = NonNullable<RaidView['softwareArrays']>[number]

/** Arrays by UUID and by name: mdstat knows the name, an examined member the UUID, `mdadm --detail` both. Of two that differ the first is right. */
export function joinArrays(arrays: readonly Known[]): SoftwareArray[] {
  const found: Known[] = []
  const places = new Map<string, number>()
  for (const one of arrays) {
    const keys = [...(one.uuid ? [`uuid ${one.uuid}`] : []), `name ${one.name}`]
    const at = keys.map((key) => places.get(key)).find((place) => place !== undefined) ?? found.length
    const known = found[at]
    found[at] = known === undefined ? one : { ...overlay(known, one), members: union(known.members, one.members) }
    for (const key of keys) places.set(key, at)
  }
  return found.map((one) =>
    complete(SOFTWARE_ARRAY, { ...one, members: union(one.members, null), failedMembers: union(one.failedMembers, null) }),
  )
}

function union(one: readonly string[] | null | undefined, other: readonly string[] | null | undefined): string[] | null {
  return (one ?? null) === null && (other ?? null) === null ? null : [...new Set([...(one ?? []), ...(other ?? [])])]
}
