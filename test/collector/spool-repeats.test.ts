import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { suite, test } from 'node:test'
import { repeats, type Said } from '../../collector/spool-repeats.ts'

/** Reports as `disk=1 nic=2`, and those that only repeat. */
const CASES: readonly (readonly [what: string, reports: readonly string[], repeated: readonly number[]])[] = [
  ['the first and the last of equal reports stay', ['disk=1', 'disk=1', 'disk=1', 'disk=1'], [1, 2]],
  ['what changes stays, and the last sight before it', ['disk=1', 'disk=1', 'disk=1', 'disk=2'], [1]],
  ['there and back is two changes', ['disk=1', 'disk=2', 'disk=1'], []],
  ['each section has turns of its own', ['disk=1 nic=1', 'disk=1', 'disk=1', 'disk=1 nic=1'], [1, 2]],
  ['one section that is news keeps the others', ['disk=1 nic=1', 'disk=1 nic=2', 'disk=1 nic=2'], []],
  ['a section that is seen once stays', ['disk=1', 'disk=1 raid=1', 'disk=1'], []],
  ['one report is no repetition', ['disk=1'], []],
]

const saidOf = (report: string): Said => new Map(report.split(' ').map((word) => word.split('=') as [string, string]))

/** Every value that a section takes, in order, and when it was first and last seen with it. */
function story(reports: readonly (readonly [index: number, said: Said])[]): Record<string, unknown[]> {
  const told: Record<string, { value: string; from: number; to: number }[]> = {}
  for (const [index, said] of reports) {
    for (const [section, value] of said) {
      const before = (told[section] ??= []).at(-1)
      if (before?.value === value) before.to = index
      else told[section].push({ value, from: index, to: index })
    }
  }
  return told
}

suite('repeated reports', () => {
  for (const [what, reports, repeated] of CASES) {
    test(what, () => {
      assert.deepEqual([...repeats(reports.map(saidOf))], repeated)
    })
  }

  test('without them the register would tell the same story', () => {
    const section = fc.constantFrom('disk', 'nic', 'raid')
    const report = fc.dictionary(section, fc.constantFrom('1', '2')).map((words): Said => new Map(Object.entries(words)))
    fc.assert(
      fc.property(fc.array(report, { maxLength: 20 }), (reports) => {
        const gone = repeats(reports)
        const all = [...reports.entries()]
        assert.deepEqual(story(all.filter(([index]) => !gone.has(index))), story(all))
      }),
    )
  })
})
