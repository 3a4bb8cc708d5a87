import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import user from '../../plugins/builtin/user.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Fields } from '../../plugins/items.ts'
import { recordedOf } from './recorded.ts'

const { probes } = recordedOf('user')[0]!.capture

test('a password in /etc/passwd is never shown', () => {
  assert.ok(probes['etc-passwd']!.stdout.includes('notshown'))
  assert.ok(!JSON.stringify(data({})).includes('notshown'))
})

test('an account that joins a group is a change of both, and nothing else', () => {
  const after = data({ 'etc-group': probes['etc-group']!.stdout.replace('sudo:x:27:alice', 'sudo:x:27:alice,deploy') })
  const { changes } = diffSection(user.keys, data({}), after)
  assert.deepEqual(
    changes.map(({ list, item, field }) => `${list} ${item} ${field}`),
    ['users name=deploy groups', 'groups name=sudo members'],
  )
})

test('the order of lines and members is no change', () => {
  const after = data({
    'etc-passwd': reversed(probes['etc-passwd']!.stdout),
    'etc-group': reversed(probes['etc-group']!.stdout.replace('alice,deploy', 'deploy,alice')),
  })
  assert.deepEqual(after, data({}))
})

function data(texts: Readonly<Record<string, string>>): Fields {
  const edited = Object.entries(probes).map(([name, raw]) => [name, { ...raw, stdout: texts[name] ?? raw.stdout }] as const)
  const section = evaluate(user, { probes: Object.fromEntries(edited), complete: true })
  assert.equal(section.status, 'ok')
  return section.status === 'ok' ? section.data : {}
}

function reversed(text: string): string {
  return `${text.trim().split('\n').toReversed().join('\n')}\n`
}
