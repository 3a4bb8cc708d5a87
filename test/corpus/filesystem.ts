import type { Fields } from '../../plugins/items.ts'
import { compareItems, itemsOf, same, verdict, type Mapping } from './compare.ts'

/** A mount that the plugin leaves out asserts one thing: that it be listed. */
const mapping: Mapping = (section, expected) => {
  // Sources say the device as it was mounted, also where the plugin knows a name that lasts longer.
  const found = itemsOf(section?.['filesystems']).map((one): Fields => ({ ...one, device: one['device'] ?? one['source'] }))
  return itemsOf(expected['filesystems']).flatMap((row) => {
    if (!found.some((one) => same(row['mountPoint'], one['mountPoint']))) return [verdict('filesystems', row, null)]
    return compareItems('filesystems', [row], found, {
      by: { mountPoint: same },
      fields: { device: same, mountPoint: same, sizeBytes: same, usedBytes: same },
    })
  })
}
export default mapping
