import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parse } from 'yaml'
import { prepare } from '../../../collector/job.ts'
import { callFor, captureIn, failureIn } from '../../../collector/salt/minions.ts'
import { linesOf, type Line } from '../../../collector/salt/lines.ts'
import { TOO_LONG } from '../../../collector/salt/master.ts'
import { yamlWord } from '../../../collector/salt/yaml-word.ts'
import { HostFailure } from '../../../collector/ssh/causes.ts'
import { shell } from '../ssh/targets.ts'
import { record, said, type Manner } from './estate.ts'

const job = prepare([shell('echo fine; echo "käse" >&2')])
const recorded = record(job.script, job.nonce)
const asked = { targets: ['web-01'], ...callFor(job, 60) }
const from = (manner: Manner): unknown => said({ minions: { 'web-01': manner }, recorded }, 'web-01', asked)

function failureOf(answer: unknown): readonly [string, string] {
  try {
    captureIn('web-01', answer, job)
    return ['none', '']
  } catch (error) {
    assert.ok(error instanceof HostFailure)
    return [error.reason, error.message]
  }
}

test('a whole answer is a capture, with standard error apart', () => {
  const { probes, complete } = captureIn('web-01', from('runs'), job)
  assert.deepEqual([complete, probes['shell']?.stdout, probes['shell']?.stderr], [true, 'fine\n', 'käse\n'])
})

test('an answer whose last line end was taken away is still whole', () => {
  const { stdout, stderr, retcode } = from('runs') as { stdout: string; stderr: string; retcode: number }
  assert.equal(captureIn('web-01', { stdout: stdout.trimEnd(), stderr: stderr.trimEnd(), retcode }, job).complete, true)
})

const CAUSES: readonly (readonly [Manner, cause: string, message: RegExp])[] = [
  ['silent', 'timeout', /^web-01: it did not answer$/],
  ['garbage', 'truncated', /no answer of the script: Segmentation/],
  ['noise', 'parse', /it answered \["what","is","this"\]/],
  ['cut', 'truncated', /was cut/],
  ['killed', 'died', /ended in the middle, with status -9/],
  ['slow', 'timeout', /not done in salt\.timeoutSeconds/],
  ['trimmed', 'toobig', /too long for Salt/],
  ['blackout', 'auth', /blackout mode/],
]
for (const [manner, cause, message] of CAUSES) {
  test(`${manner}: ${cause}`, () => {
    const [reason, words] = failureOf(from(manner))
    assert.equal(reason, cause)
    assert.match(words, message)
  })
}

test('what Salt says in the place of a minion has a cause', () => {
  const texts: readonly (readonly [unknown, string])[] = [
    ['Minion did not return. [No response]\nThe minions may not have all finished', 'timeout'],
    ['Minion did not return. [Not connected]', 'timeout'],
    [false, 'timeout'],
    ["'cmd.run_all' is not available.", 'auth'],
    [TOO_LONG, 'toobig'],
    ['VALUE_TRIMMED', 'toobig'],
    ['The minion function caused an exception: Traceback', 'parse'],
    [null, 'parse'],
    [{ stdout: 1, stderr: '', retcode: 0 }, 'parse'],
  ]
  for (const [answer, cause] of texts) assert.equal(failureIn('web-01', answer).reason, cause, String(answer))
})

test('whatever a minion says, it is a capture or a host failure', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constant(recorded.stdout),
    fc.nat(recorded.stdout.length).map((end) => recorded.stdout.slice(0, end)),
  )
  const answers = fc.oneof(fc.jsonValue(), fc.record({ stdout: texts, stderr: texts, retcode: fc.option(fc.integer()) }))
  fc.assert(fc.property(answers, (answer) => void failureOf(answer)))
})

test('any text is one line of YAML without a number sign, and comes back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' })), (text) => {
      const word = yamlWord(text)
      assert.doesNotMatch(word, /[\n\r#]|[^\t\u0020-\u007e]/)
      assert.equal(parse(word), text)
    }),
  )
  assert.deepEqual([true, false, 60].map(yamlWord), ['True', 'False', '60'])
})

test('lines come whole, however the stream is cut, and a long one only with its beginning', async () => {
  const text = `{"a":"\u2028ä"}\n${'x'.repeat(5000)}\nlast`
  for (const size of [1, 3, 1000, 10_000]) {
    const bytes = Buffer.from(text)
    const stream = (async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    })()
    const lines: Line[] = []
    for await (const line of linesOf(stream, 2000)) lines.push(line)
    assert.deepEqual(
      [lines[0], lines[2]],
      [
        { text: '{"a":"\u2028ä"}', isCut: false },
        { text: 'last', isCut: false },
      ],
    )
    assert.deepEqual([lines[1]?.isCut, lines[1]?.text.startsWith('xxx'), lines[1]!.text.length <= 1024], [true, true, true])
  }
})
