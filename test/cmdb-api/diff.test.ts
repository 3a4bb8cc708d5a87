import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { undo } from '../../cmdb-api/as-of.ts'
import { diffSection, type FieldChange } from '../../cmdb-api/diff.ts'
import { plain, STATE, type State } from './states.ts'

const KEYS = { parts: ['wwn', 'slot', 'label'] }
const RUNS = Number(process.env['RUNS'] ?? 2000)

/** As the register gives it back: through JSON, and in whatever field order the first host had that brought the same document. */
function stored<T>(value: T, reversed: boolean): T {
  const turn = (_: string, one: unknown) =>
    reversed && typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).toReversed()) : one
  return JSON.parse(JSON.stringify(value, turn)) as T
}

const turned = (_: string, value: unknown): unknown => (Array.isArray(value) ? (value as unknown[]).toReversed() : value)

test('changes undone newest first give back every older state', () => {
  const series = fc.array(fc.tuple(STATE, fc.boolean()), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(series, (reports) => {
      const history: { readonly state: State; readonly changes: readonly FieldChange[] }[] = []
      let state: State | null = null
      for (const [report, reversed] of reports) {
        const diff = diffSection(KEYS, state, report)
        state = stored(diff.merged, reversed)
        history.push({ state, changes: stored(diff.changes, reversed) })
      }
      let back: State | null = state
      for (const [index, { state: expected, changes }] of [...history.entries()].toReversed()) {
        assert.deepEqual(plain(back), plain(expected), `state ${index}`)
        back = undo(KEYS, back, changes)
      }
      assert.equal(back, null)
    }),
    { numRuns: RUNS },
  )
})

test('what was reported is what is kept, with the last known value where it was null', () => {
  fc.assert(
    fc.property(STATE, STATE, (before, after) => {
      const { merged } = diffSection(KEYS, before, after)
      for (const [field, value] of Object.entries(after)) {
        if (field !== 'parts') assert.deepEqual(plain({ [field]: merged[field] }), plain({ [field]: value ?? before[field] }))
        else if (value === null) assert.deepEqual(merged[field], before[field])
        else assert.equal((merged[field] as unknown[]).length, (value as unknown[]).length)
      }
    }),
    { numRuns: RUNS },
  )
})

test('a state compared with itself in another order has no changes', () => {
  const distinct = STATE.map((state) => ({
    ...state,
    parts: state['parts'] === null ? null : (state['parts'] as State[]).map((part, at) => ({ ...part, label: `l${at}` })),
  }))
  fc.assert(
    fc.property(distinct, (state) => {
      assert.deepEqual(diffSection(KEYS, state, JSON.parse(JSON.stringify(state, turned)) as State).changes, [])
    }),
    { numRuns: RUNS },
  )
})
