import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import bmc from '../../plugins/builtin/bmc.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Fields } from '../../plugins/items.ts'
import { recordedOf } from './recorded.ts'

const { probes } = recordedOf('bmc').find(({ name }) => name === 'rhel-9--shared-lan-two-psus')!.capture

test('another power supply in the same bay is one removal and one addition', () => {
  assert.deepEqual(
    changes((text) => text.replace('P7060CJ00AA0002', 'P7060CJ00AA0009')).map(({ op, item }) => [op, item]),
    [
      ['removed', 'serial=P7060CJ00AA0002'],
      ['added', 'serial=P7060CJ00AA0009'],
    ],
  )
})

test('a power supply that is pulled is one removal', () => {
  const found = changes((text) =>
    text.replace(/ \(ID 18\)\n[^]*?\n\n/, ' (ID 18)\n Device not present (Requested sensor, data, or record not found)\n\n'),
  )
  assert.deepEqual(
    found.map(({ op, item }) => [op, item]),
    [['removed', 'serial=P7060CJ00AA0002']],
  )
})

test('a controller that moves to another address is a change of that address', () => {
  assert.deepEqual(
    changes((text) => text.replace('192.0.2.41', '192.0.2.77')).map(({ field, new: now }) => [field, now]),
    [['ipAddress', '192.0.2.77']],
  )
})

test('the community string of SNMP stays on the host', () => {
  assert.match(bmc.probes['ipmitool-lan'].sh, /grep -v 'Community String'$/)
})

function changes(edit: (text: string) => string) {
  return diffSection(
    bmc.keys,
    data((text) => text),
    data(edit),
  ).changes
}

function data(edit: (text: string) => string): Fields {
  const edited = Object.entries(probes).map(([name, raw]) => [name, { ...raw, stdout: edit(raw.stdout) }] as const)
  const section = evaluate(bmc, { probes: Object.fromEntries(edited), complete: true })
  assert.equal(section.status, 'ok')
  return section.status === 'ok' ? section.data : {}
}
