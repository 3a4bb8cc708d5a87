import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { describePlugins } from '../../plugins/describe.ts'
import { DEFAULTS } from '../../plugins/index.ts'
import { builtinPlugins } from './recorded.ts'

const page = new URL('../../docs/plugins.md', import.meta.url)

test('docs/plugins.md says what the plugins say', async () => {
  const text = describePlugins(await builtinPlugins(), DEFAULTS)
  if (process.env['ROLLCALL_TEST_UPDATE'] === '1') writeFileSync(page, text)
  assert.equal(readFileSync(page, 'utf8'), text, 'docs/plugins.md is stale: run npm run docs')
})
