import assert from 'node:assert/strict'
import { test } from 'node:test'
import { need } from '../../plugins/answer.ts'
import { definePlugin } from '../../plugins/define.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import { list, section, text, textSet } from '../../plugins/fields.ts'

const half = '\ud83d'
const said = 'test'

const plugin = definePlugin({
  name: 'half',
  version: 1,
  summary: 'Texts that end within a character.',
  probes: { given: { file: '/given' } },
  schema: section({
    one: text('A text.', said),
    set: textSet('A set.', said),
    rows: list('Rows.', { id: text('Key.', said), load: text('State.', said) }),
  }),
  keys: { rows: ['id'] },
  volatile: ['rows.load'],
  parse: ({ given }) => ({ one: need(given).slice(0, 1), set: [half], rows: [{ id: half, load: 'high' }] }),
})

test('half a character is no reason to lose a section', () => {
  const result = evaluate(plugin, { probes: { given: { exit: 0, stdout: '😀', stderr: '' } }, complete: true })
  assert.equal(result.status, 'ok')
  if (result.status !== 'ok') return
  assert.deepEqual(result.data, { one: '\ufffd', set: ['\ufffd'], rows: [{ id: '\ufffd' }] })
  assert.deepEqual(result.volatile, { rows: { 'id=\ufffd': { load: 'high' } } })
})
