import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../plugins/answer.ts'
import { rememberLast } from '../../plugins/remember-last.ts'

const PROBES = { a: { file: '/a' }, b: { file: '/b' } } as const
const ok = (text: string): Answer => ({ status: 'ok', text })
const denied = (reason: string): Answer => ({ status: 'denied', reason })

test('what was read last is not read again, whoever asks and whatever else he was answered', () => {
  const read = rememberLast(PROBES, ({ a, b }) => ({ a, b }))
  const first = read({ a: ok('1'), b: denied('root') })
  assert.equal(read({ a: ok('1'), b: denied('root') }), first)
  const more = { a: ok('1'), b: denied('root'), c: ok('other') }
  assert.equal(read(more), first)
})

test('another text, status or reason is read anew', () => {
  const read = rememberLast(PROBES, ({ a, b }) => ({ a, b }))
  const asked: readonly { readonly a: Answer; readonly b: Answer }[] = [
    { a: ok('1'), b: ok('2') },
    { a: ok('1'), b: ok('3') },
    { a: ok('1'), b: denied('3') },
    { a: ok('1'), b: denied('4') },
    { a: ok('1'), b: { status: 'absent', reason: '4' } },
    { a: ok('1'), b: ok('2') },
  ]
  for (const answers of asked) assert.deepEqual(read(answers), answers)
})

test('what cannot be read is not remembered, and leaves nothing of the one before', () => {
  let reads = 0
  const read = rememberLast(PROBES, ({ a }) => {
    reads += 1
    if (a.status !== 'ok') throw new Error('no')
    return a.text
  })
  assert.equal(read({ a: ok('1'), b: ok('') }), '1')
  for (const _ of [1, 2]) assert.throws(() => read({ a: denied(''), b: ok('') }))
  assert.equal(read({ a: ok('1'), b: ok('') }), '1')
  assert.equal(reads, 4)
})
