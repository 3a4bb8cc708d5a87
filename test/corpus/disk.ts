import type { Fields } from '../../plugins/items.ts'
import { compareItems, folded, itemsOf, same, within, wwn, type Mapping, type Same, type Verdict } from './compare.ts'

/** `ata` covers both of its links, sata and pata. */
const bus: Same = (expected, actual) => same(expected, actual) || (expected === 'ata' && actual === 'sata')

/** udev writes an underscore for whatever may not be in a file name, slashes too. */
const sameModel: Same = (expected, actual) => folded(expected, typeof actual === 'string' ? actual.replaceAll('/', ' ') : actual)

const mapping: Mapping = (section, expected) => {
  const found = itemsOf(section?.['disks']).map((disk) => ({
    ...disk,
    sizeApproxBytes: disk['sizeBytes'],
  }))
  const disks = compareItems('disks', expected['disks'], found, {
    by: { name: same, serial: same, wwn, model: sameModel },
    fields: {
      name: same,
      serial: same,
      model: sameModel,
      sizeBytes: same,
      sizeApproxBytes: within(0.05),
      wwn,
      bus,
      rotational: same,
      firmware: same,
      vendor: folded,
      protocol: same,
    },
  })
  return disks.map((one) => withoutVendor(one, found))
}
export default mapping

/** smartctl's `model_name` of a SCSI disk is vendor and product in one, and smartctl alone does not know a disk's name. */
function withoutVendor(one: Verdict, disks: readonly Fields[]): Verdict {
  if (one.equal || !one.field.endsWith('.model')) return one
  const whole = disks.some(({ vendor, model }) => model === one.actual && folded(one.expected, `${String(vendor)} ${String(model)}`))
  return whole ? { ...one, equal: true } : one
}
