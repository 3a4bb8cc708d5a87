import { caseless, compareFields, folded, same, type Mapping } from './compare.ts'

const board: Mapping = (section, expected) =>
  compareFields(expected, section, {
    vendor: folded,
    product: folded,
    serial: folded,
    uuid: caseless,
    biosVendor: folded,
    biosVersion: folded,
    biosDate: same,
    boardVendor: folded,
    boardProduct: folded,
    boardSerial: folded,
    chassisSerial: folded,
    assetTag: folded,
    isBlade: same,
    enclosureSerial: folded,
  })

export default board
