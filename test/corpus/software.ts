import type { Fields } from '../../plugins/items.ts'
import { compareFields, itemsOf, same, verdict, type Mapping, type Same, type Verdict } from './compare.ts'

/** Sources call the packages of all managers packages; ours are three lists. */
const software: Mapping = (section, expected) => {
  const found = packagesIn(section)
  const byName = Map.groupBy(found, (one) => one['name'])
  const free = new Set(found)
  const verdicts = itemsOf(expected['packages']).flatMap((wanted) => {
    const mate = nearest(
      wanted,
      (byName.get(wanted['name']) ?? []).filter((one) => free.has(one)),
    )
    if (mate !== undefined) free.delete(mate)
    return comparePackage(wanted, mate)
  })
  const surplus = 'packages' in expected && expected['partial'] !== true ? [...free] : []
  const absent = Array.isArray(expected['notInstalled']) ? (expected['notInstalled'] as unknown[]) : []
  return [
    ...verdicts,
    ...surplus.map((one) => verdict('packages', null, one)),
    ...absent.map((name) => verdict(`notInstalled[${String(name)}]`, false, byName.has(name))),
  ]
}

export default software

/** Of the packages of one name the one with the same version, else of the same architecture. */
function nearest(wanted: Fields, candidates: readonly Fields[]): Fields | undefined {
  const score = (one: Fields): number => (version(wanted['version'], one['version']) ? 2 : 0) + (wanted['arch'] === one['arch'] ? 1 : 0)
  return candidates.toSorted((a, b) => score(b) - score(a))[0]
}

function comparePackage(wanted: Fields, found: Fields | undefined): Verdict[] {
  const verdicts = compareFields(wanted, found, { name: same, version, arch: same, epoch }, `packages[${String(wanted['name'])}].`)
  // GLPI asks `flatpak info` of each application for what its list of columns does not say.
  const isUntold = found?.['manager'] === 'flatpak' && found['version'] === null
  return verdicts.map((one) => (isUntold && one.field.endsWith('.version') ? { ...one, unsupported: true } : one))
}

/** Some sources keep rpm's release apart, and assert the version alone. */
const version: Same = (expected, actual) =>
  same(expected, actual) || (typeof expected === 'string' && typeof actual === 'string' && actual.startsWith(`${expected}-`))

/** No epoch and epoch 0 are the same to every package manager. */
const epoch: Same = (expected, actual) => Number(expected ?? 0) === Number(actual ?? 0)

function packagesIn(section: Fields | null): Fields[] {
  return [
    ...itemsOf(section?.['packages']),
    ...itemsOf(section?.['snaps']).map((one) => ({ ...one, manager: 'snap' })),
    ...itemsOf(section?.['flatpaks']).map((one) => ({ ...one, manager: 'flatpak' })),
  ]
}
