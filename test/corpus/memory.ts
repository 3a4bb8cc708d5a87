import { jedecName } from '../../plugins/formats/jedec.ts'
import { compareFields, compareItems, folded, same, type Mapping, type Same } from './compare.ts'

const memory: Mapping = (section, expected) => [
  ...compareItems('modules', expected['modules'], section?.['modules'], {
    by: { serial: same, slot, sizeBytes: same },
    fields: { slot, sizeBytes: same, type: same, speedMTs: same, serial: folded, manufacturer, partNumber: folded },
    complete: true,
  }),
  ...compareFields(expected, section, { emptySlots: same, totalBytes: same, swapBytes: same, onlineBytes: same, offlineBytes: same }),
]

/** We put the bank before a name that several slots share. */
const slot: Same = (expected, actual) => folded(expected, actual) || (typeof actual === 'string' && actual.endsWith(` ${String(expected)}`))

/** We say the name behind a JEDEC code. */
const manufacturer: Same = (expected, actual) => folded(typeof expected === 'string' ? jedecName(expected) : expected, actual)

export default memory
