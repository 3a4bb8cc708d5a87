import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ParseError } from '../../plugins/errors.ts'
import { dmiFacts, dmiIdentity } from '../../plugins/formats/dmi.ts'
import { jedecName } from '../../plugins/formats/jedec.ts'
import { memorySlots } from '../../plugins/formats/smbios-memory.ts'
import { tableStructures } from '../../plugins/formats/smbios-tables.ts'
import { dmidecodeStructures } from '../../plugins/formats/smbios-text.ts'
import { bytesOf, tableOf, tablesText } from './smbios-table.ts'

const UUID = [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]
const SYSTEM = { type: 1, body: ['Dell Inc.', 'PowerEdge R640', '', '7XK2M13', ...UUID, 6, '', 'PowerEdge'] }

/** A memory device of 92 bytes, as SMBIOS 3.3 has it. */
function device(
  locator: string,
  { size = 0, extended = 0, speed = 0, extendedSpeed = 0 },
): { type: number; handle: number; body: (number | string)[] } {
  const head = [...bytesOf(0x1000, 2), ...bytesOf(0xfffe, 2), ...bytesOf(80, 2), ...bytesOf(64, 2), ...bytesOf(size, 2), 9, 0]
  const speeds = [...bytesOf(speed, 2), 'Micron', `S${locator}`, '', 'MTC40F2046S1RC56', 2]
  const tail = [
    ...bytesOf(extended, 4),
    ...bytesOf(speed, 2),
    ...Array<number>(0x54 - 0x22).fill(0),
    ...bytesOf(extendedSpeed, 4),
    ...bytesOf(extendedSpeed, 4),
  ]
  return { type: 17, handle: 0x1100, body: [...head, locator, 'Not Specified', 0x22, ...bytesOf(0x80, 2), ...speeds, ...tail] }
}

const uuid = (version: [number, number]) => dmiFacts(tableStructures(tablesText(tableOf([SYSTEM]), version))).uuid
const status = (text: string) => dmidecodeStructures(text).status
const fields = (all: Record<string, string>) => new Map(Object.entries(all))
const device17 = (all: Record<string, string>) => ({ type: 17, handle: null, fields: fields(all) })
const names = (...all: Record<string, string>[]) => memorySlots(all.map(device17))?.modules.map((one) => one.slot)

describe('raw tables', () => {
  test('the UUID is little-endian from version 2.6 on, and as it comes before', () => {
    assert.equal(uuid([2, 6]), '00112233-4455-6677-8899-aabbccddeeff')
    assert.equal(uuid([2, 4]), '33221100-5544-7766-8899-aabbccddeeff')
  })

  test('hex and base64 say the same', () => {
    const table = tableOf([SYSTEM])
    const hex = table.toString('hex').replace(/../g, ' $&').replace(/.{48}/g, '$&\n')
    assert.deepEqual(tableStructures(`DMI\n${hex}\n`), tableStructures(`DMI\n${table.toString('base64')}\n`))
    assert.equal(tableStructures(`DMI\n${hex}\n`).length, 1)
  })

  test('a size or speed that does not fit 16 bits is read from its extended field', () => {
    const slots = memorySlots(
      tableStructures(tablesText(tableOf([device('A1', { size: 0x7fff, extended: 131072, speed: 0xffff, extendedSpeed: 70000 })]))),
    )
    assert.partialDeepStrictEqual(slots, { slots: 1, modules: [{ slot: 'A1', sizeBytes: 128 * 1024 ** 3, speedMTs: 70000, type: 'DDR5' }] })
  })

  test('a table cut short yields the structures before the cut', () => {
    const table = tableOf([SYSTEM, device('A1', { size: 16384 }), device('A2', { size: 16384 })])
    for (let end = 64; end < table.length; end += 7) {
      assert.equal(dmiFacts(tableStructures(tablesText(table.subarray(0, end)))).vendor, 'Dell Inc.')
    }
  })

  test('what is no table is a ParseError', () => {
    for (const text of ['', 'DMI\n', 'DMI\nAAAA\n', 'smbios_entry_point\nX1NNM18=\n', `DMI\n${'/w'.repeat(5000)}`]) {
      assert.throws(() => tableStructures(text), ParseError)
    }
  })
})

describe('dmidecode text', () => {
  test('a text that says why there is no table is an answer', () => {
    assert.equal(status('# dmidecode 3.3\nScanning /dev/mem for entry point.\n# No SMBIOS nor DMI entry point found, sorry.\n'), 'absent')
    assert.equal(status('# dmidecode 3.3\n/dev/mem: Permission denied\n'), 'denied')
    assert.equal(status(''), 'absent')
    assert.throws(() => dmidecodeStructures('Filesystem 1K-blocks Used\n'), ParseError)
  })

  test('a text in the list of one field is no field', () => {
    const text = 'Handle 0x0001, DMI type 2, 8 bytes\nBase Board Information\n\tFeatures:\n\t\tSerial Number: no\n\tSerial Number: B1\n'
    const said = dmidecodeStructures(text)
    assert.equal(said.status === 'ok' && said.structures[0]!.fields.get('Serial Number'), 'B1')
  })
})

describe('slots', () => {
  test('names that repeat get their bank, and a number where even that repeats', () => {
    const size = { Size: '16 GB' }
    assert.deepEqual(names({ Locator: 'D0', 'Bank Locator': 'P0', ...size }, { Locator: 'D0', 'Bank Locator': 'P1', ...size }), [
      'P0 D0',
      'P1 D0',
    ])
    assert.deepEqual(names({ Locator: 'D0', ...size }, { Locator: 'D0', ...size }), ['D0 #1', 'D0 #2'])
    assert.deepEqual(names(size), ['slot'])
  })

  test('an empty slot keeps the names of the others', () => {
    const full = { Locator: 'D0', 'Bank Locator': 'P0', Size: '16 GB' }
    assert.deepEqual(names(full, { Locator: 'D0', 'Bank Locator': 'P1', Size: 'No Module Installed' }), ['P0 D0'])
  })

  test('a size that dmidecode before 2.11 could not print is not known', () => {
    const slots = memorySlots([device17({ Locator: 'A1', Size: '32767 MB', 'Serial Number': '4192A3D1' })])
    assert.equal(slots?.modules[0]?.sizeBytes, null)
  })
})

test('the serial of a shared enclosure identifies no server', () => {
  const node = dmiFacts([
    { type: 1, handle: null, fields: fields({ Manufacturer: 'Supermicro', 'Product Name': 'SYS-5039MS-H12TRF', 'Serial Number': 'E1' }) },
    { type: 2, handle: null, fields: fields({ 'Serial Number': 'Z1' }) },
    { type: 3, handle: null, fields: fields({ 'Serial Number': 'C1', Type: 'Other' }) },
  ])
  assert.partialDeepStrictEqual(node, { isBlade: true, serial: 'E1', enclosureSerial: 'E1' })
  assert.partialDeepStrictEqual(dmiIdentity(node), { serial: null, boardSerial: 'Z1', chassisSerial: 'C1' })

  const blade = dmiFacts([
    { type: 1, handle: null, fields: fields({ 'Product Name': 'PowerEdge M630', 'Serial Number': 'B1' }) },
    { type: 3, handle: null, fields: fields({ 'Serial Number': 'C1', Type: 'Multi-system' }) },
  ])
  assert.partialDeepStrictEqual(blade, { isBlade: true, chassisSerial: 'C1', enclosureSerial: 'C1' })
  assert.partialDeepStrictEqual(dmiIdentity(blade), { serial: 'B1', chassisSerial: null })
})

test('a JEDEC code is a name, a name stays as it is', () => {
  const cases = {
    '80AD': 'SK Hynix',
    '00CE00B300CE': 'Samsung',
    '0x830B': 'Nanya',
    '7F98000000000000': 'Kingston',
    CE00000000000000: 'Samsung',
    'JEDEC ID:80 2C': 'Micron',
  }
  for (const [code, name] of Object.entries(cases)) assert.equal(jedecName(code), name, code)
  for (const name of ['Micron', 'HP', 'ABC', '08F7', null]) assert.equal(jedecName(name), name)
})
