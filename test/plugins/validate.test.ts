import assert from 'node:assert/strict'
import { test } from 'node:test'
import basic from '../../plugins/builtin/basic.ts'
import { definePlugin } from '../../plugins/define.ts'
import { integer, list, name, section, text } from '../../plugins/fields.ts'
import { assertPlugin, checkFor } from '../../plugins/validate.ts'

const gpu = definePlugin({
  name: 'gpu',
  version: 1,
  summary: 'Graphics processors.',
  probes: { 'nvidia-smi': { exec: ['nvidia-smi', '-L'] } },
  schema: section({
    driver: text('Version of the driver.', 'nvidia-smi'),
    gpus: list('One per processor.', { uuid: name('Identifier.', 'nvidia-smi -L'), sizeBytes: integer('Memory in bytes.', 'nvidia-smi') }),
  }),
  keys: { gpus: ['uuid'] },
  volatile: [],
  parse: () => ({ driver: null, gpus: [] }),
})

test('a good plugin is taken as it is', () => {
  assert.equal(assertPlugin(gpu, './gpu.ts'), gpu)
  assert.equal(assertPlugin(basic, 'basic'), basic)
})

test('a check names every field that does not fit', () => {
  const check = checkFor(gpu)
  assert.equal(checkFor(gpu), check)
  check({ driver: null, gpus: [{ uuid: 'a', sizeBytes: null }] })
  assert.throws(() => check({ driver: 1, gpus: [{ uuid: '', sizeBytes: -1, extra: 1 }] }), {
    name: 'PluginError',
    message: /\/driver must be string,null.*\("extra"\).*\/gpus\/0\/uuid.*\/gpus\/0\/sizeBytes/,
  })
})

const wrong: Record<string, [change: object, told: RegExp]> = {
  'another export': [{ name: undefined }, /plugin \.\/gpu\.ts breaks the contract:\n {2}name: lower case/],
  'a name that the history needs': [{ name: 'asset' }, /name: another one: asset, template, group/],
  'a name that every object has': [{ name: 'constructor' }, /name: another one/],
  'a field that every object has': [{ schema: section({ valueOf: text('Value.', 'x') }), keys: {} }, /schema\.valueOf: another name/],
  'a probe with two answers': [{ probes: { x: { file: '/x', exec: ['x'] } } }, /probes\.x: exactly one of/],
  'a probe of no plain path': [{ probes: { x: { file: '/sys/*' } } }, /probes\.x\.file: .* for a glob use files/],
  'a glob of no folder of its own': [{ probes: { x: { files: ['/sys/*/*/size'] } } }, /probes\.x\.files: .* wildcards in one name/],
  'a need that is none': [{ probes: { x: { exec: ['x'], needs: [] } } }, /probes\.x\.needs: /],
  'a probe name that is no file name': [{ probes: { 'X Y': { file: '/x' } } }, /probes\.X Y: a name is letters/],
  'a field without source': [{ schema: section({ driver: text('Version.', '') }), keys: {} }, /schema\.driver: say its source/],
  'an object in a section': [
    { schema: section({ driver: section({ version: text('Version.', 'x') }) }), keys: {} },
    /schema\.driver: a section is flat/,
  ],
  'a list in a list': [
    { schema: section({ gpus: list('All.', { uuid: name('Id.', 'x'), parts: list('Parts.', { a: text('A.', 'x') }) }) }) },
    /schema\.gpus\.parts: a section is flat/,
  ],
  'a list without keys': [{ keys: {} }, /keys\.gpus: say what identifies an item/],
  'a key of nothing': [{ keys: { gpus: [[]] } }, /keys\.gpus: say what identifies an item/],
  'a key that is no field': [{ keys: { gpus: ['slot'] } }, /keys\.gpus: its items have no field slot/],
  'keys of no list': [{ keys: { gpus: ['uuid'], disks: ['name'] } }, /keys\.disks: the schema has no such list/],
  'a volatile key': [{ volatile: ['gpus.uuid'] }, /uuid is volatile and cannot identify anything/],
  'a volatile field that is not there': [{ volatile: ['gpus.mhz'] }, /the schema has no field gpus\.mhz/],
}

for (const [what, [change, told]] of Object.entries(wrong)) {
  test(`${what} is refused with what to mend`, () => {
    assert.throws(() => assertPlugin({ ...gpu, ...change }, './gpu.ts'), { name: 'PluginError', message: told })
  })
}

test('what is no plugin at all is refused', () => {
  for (const value of [undefined, null, [], 'gpu', () => gpu]) assert.throws(() => assertPlugin(value, 'x'), /export a plugin as default/)
})
