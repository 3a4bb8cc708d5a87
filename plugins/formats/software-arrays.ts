import { compareText } from '../items.ts'
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

/**
 * Arrays of `mdadm --detail` with the kernel's names. Asked for `/dev/md/web:root` it says that name, and `/dev/md/0` may be md127: the array of
 * `kernel` (mdstat) with the same members is meant. In a container there may be several, of different sizes.
 */
export function withKernelNames(arrays: readonly Known[], kernel: readonly Known[]): Known[] {
  const names = new Map<string, string | null>()
  for (const one of kernel) for (const key of likeness(one)) names.set(key, names.has(key) ? null : one.name)
  return arrays.map((array) => {
    if (!array.name.startsWith('md/')) return array
    const name = likeness(array)
      .map((key) => names.get(key) ?? null)
      .find((one) => one !== null)
    return { ...array, name: name ?? array.name.replace(/^md\/(\d+)$/, 'md$1') }
  })
}

/** What one array has in both texts, the surest first. */
function likeness({ members, level, sizeBytes }: Known): string[] {
  if (!members || members.length === 0) return []
  const least = [level === 'container', ...members.toSorted(compareText)]
  return [JSON.stringify([sizeBytes ?? null, ...least]), JSON.stringify(least)]
}

function join(known: Joined, other: Known): void {
  known.array = overlay(known.array, other)
  if (!other.members) return
  known.members ??= new Set()
  for (const member of other.members) known.members.add(member)
}
