import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { BUILTINS } from '../plugins/index.ts'
import { baselineOf, readBaseline, regressions, writeBaseline } from './corpus/baseline.ts'
import { measure, type Measured } from './corpus/measure.ts'
import { CORPUS } from './corpus/cases.ts'
import { totals } from './corpus/tally.ts'

const skip = existsSync(CORPUS) ? false : 'the corpus is missing: it belongs into ../shared/corpora beside the repository'
/** Of the asserted values: what we say on purpose otherwise, and what no text can tell in that layout. */
const MOST_DELIBERATE = 0.02
const MOST_UNSUPPORTED = 0.03
const LEAST_TRUE = 0.99
/** Plugins that people rely on first. */
const CORE = ['board', 'cpu', 'memory', 'disk', 'nic', 'software', 'basic', 'raid']

const all: Measured[] = []
if (skip === false) for (const name of Object.keys(BUILTINS)) all.push(...(await measure(CORPUS, name)))

test('no value of a recorded machine that was right is wrong', { skip }, () => {
  if (process.env['UPDATE_BASELINE'] === '1') writeBaseline(baselineOf(all))
  const told = regressions(readBaseline(), all)
  assert.deepEqual(told, [], 'see npm run corpus -- --show; if this is better, UPDATE_BASELINE=1 writes test/corpus/baseline.json anew')
})

test('no section fails and no invariant breaks, whatever the text', { skip }, () => {
  assert.deepEqual(
    all.flatMap(({ plugin, name, failures }) => failures.map((failure) => `${plugin}/${name}: ${failure}`)),
    [],
  )
})

test('at least 99 % of the asserted values are right', { skip }, () => {
  for (const [plugin, { values, agreeing, deliberate }] of Object.entries(totals(all))) {
    if (!CORE.includes(plugin) || values === 0) continue
    assert.ok(agreeing + deliberate >= LEAST_TRUE * values, `${plugin}: ${agreeing + deliberate} of ${values}`)
  }
})

test('deviations and what is unsupported stay exceptions', { skip }, () => {
  const sums = Object.values(totals(all))
  const sum = (kind: 'values' | 'deliberate' | 'unsupported'): number => sums.reduce((total, one) => total + one[kind], 0)
  assert.ok(sum('deliberate') <= MOST_DELIBERATE * sum('values'), `${sum('deliberate')} deliberate of ${sum('values')}`)
  assert.ok(sum('unsupported') <= MOST_UNSUPPORTED * sum('values'), `${sum('unsupported')} unsupported of ${sum('values')}`)
})
