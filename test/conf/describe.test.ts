import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { DEFAULTS } from '../../conf/defaults.ts'
import { describeSettings } from '../../conf/describe.ts'
import { merge } from '../../conf/merge.ts'
import { schema, tree } from '../../conf/schema.ts'
import { settingsOf, valueAt } from '../../conf/tree.ts'
import { validate } from '../../conf/validate.ts'

const page = new URL('../../docs/settings.md', import.meta.url)

test('docs/settings.md says what the schema says', () => {
  if (process.env['ROLLCALL_TEST_UPDATE'] === '1') writeFileSync(page, describeSettings())
  const hint = 'docs/settings.md is stale: run ROLLCALL_TEST_UPDATE=1 npx node --test test/conf/describe.test.ts'
  assert.equal(readFileSync(page, 'utf8'), describeSettings(), hint)
})

test('every setting has a description and a default that fits', () => {
  const { settings, origins } = merge([{ origin: 'default', folder: '/', settings: DEFAULTS }])
  assert.deepEqual(validate(settings, origins), DEFAULTS)
  for (const { path, node } of settingsOf(tree)) {
    assert.match(node.description ?? '', /\.$/, `${path.join('.')} needs a sentence in conf/schema.ts`)
    const underNull = path.length === 3 // Below a group that is null by default.
    assert.ok(underNull || valueAt(DEFAULTS, path) !== undefined, `${path.join('.')} needs a default in conf/defaults.ts`)
  }
})

test('the schema of the settings is one', () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictTuples: false })
  ajv.addVocabulary(['expects', 'secret', 'isPath'])
  assert.equal(ajv.validateSchema(schema, false), true, ajv.errorsText())
})
