import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { diffSection, type FieldChange } from '../../cmdb-api/diff.ts'
import type { RawAnswer } from '../../plugins/answer.ts'
import type { Plugin } from '../../plugins/define.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import type { Keys } from '../../plugins/items.ts'
import { builtinPlugins, recordedOf } from '../plugins/recorded.ts'

/** What a probe brings back that was not allowed, too slow, cut short, or that broke half-way. */
const UNSEEN: Readonly<Record<string, (good: RawAnswer) => RawAnswer>> = {
  denied: () => ({ exit: 'denied', stdout: '', stderr: '' }),
  timeout: ({ stdout }) => ({ exit: 'timeout', stdout: half(stdout), stderr: '' }),
  truncated: () => ({ exit: 'truncated', stdout: '', stderr: 'the stream ended before this probe did' }),
  failed: ({ stdout }) => ({ exit: 42, stdout: half(stdout), stderr: 'something broke' }),
}

for (const plugin of await builtinPlugins()) {
  describe(plugin.name, () => {
    const hosts = recordedOf(plugin.name)

    for (const [status, spoil] of Object.entries(UNSEEN)) {
      test(`a probe that is ${status} changes nothing`, () => {
        const found = hosts.flatMap(({ name, capture }) =>
          asked(plugin, capture).flatMap((probe) => {
            const after = { ...capture, probes: { ...capture.probes, [probe]: spoil(capture.probes[probe]!) } }
            return changes(plugin, capture, after).map((change) => `${name}, ${probe}: ${change}`)
          }),
        )
        assert.deepEqual(found, [])
      })
    }

    test('a stream that is cut after any probe changes nothing', () => {
      const found = hosts.flatMap(({ name, capture }) =>
        asked(plugin, capture).flatMap((_, count, all) => {
          const kept = Object.fromEntries(all.slice(0, count).map((probe) => [probe, capture.probes[probe]!]))
          return changes(plugin, capture, { probes: kept, complete: false }).map((change) => `${name}, after ${count} probes: ${change}`)
        }),
      )
      assert.deepEqual(found, [])
    })
  })
}

/** Probes of the script that a host answered. */
function asked({ probes }: Plugin, capture: Capture): string[] {
  return Object.keys(capture.probes).filter((name) => name in probes && !('recorded' in probes[name]!))
}

/** What the register would record; only ok sections are compared at all. */
function changes(plugin: Plugin, before: Capture, after: Capture): string[] {
  const [was, is] = [evaluate(plugin, before), evaluate(plugin, after)]
  if (was.status !== 'ok' || is.status !== 'ok') return []
  return diffSection(plugin.keys as Readonly<Record<string, Keys>>, was.data, is.data).changes.map(brief)
}

function brief({ op, list, item, field, old, new: now }: FieldChange): string {
  return [op, list, item, field, JSON.stringify(old), JSON.stringify(now)]
    .filter((part) => part !== null)
    .join(' ')
    .slice(0, 200)
}

function half(text: string): string {
  return text.slice(0, text.length / 2)
}
