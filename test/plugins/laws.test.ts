import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import type { Plugin } from '../../plugins/define.ts'
import { evaluate, type Section } from '../../plugins/evaluate.ts'
import { FrameReader, type Capture } from '../../plugins/frames.ts'
import { labelItems, type Fields, type Keys } from '../../plugins/items.ts'
import { checkFor } from '../../plugins/validate.ts'
import { captures } from './garbage.ts'
import { builtinPlugins, recordedOf } from './recorded.ts'

/** `npm test` looks briefly, `npm run test:deep` longer (1000), `npm run soak` longest (10000). */
const numRuns = Number(process.env['RUNS'] ?? 60)
/** Always the same in `npm test`, so that it fails for what was changed; another one in every longer run. */
const seed = Number(process.env['SEED'] ?? (process.env['RUNS'] === undefined ? 1 : Date.now() % 2 ** 31))
const NONCE = 'f00dfeedf00dfeed'

process.stdout.write(`laws: RUNS=${numRuns} SEED=${seed}\n`)

for (const plugin of await builtinPlugins()) {
  const recorded = recordedOf(plugin.name)

  describe(plugin.name, () => {
    test('any answers give a section that fits its schema, or a ParseError; twice the same', () => {
      fc.assert(
        fc.property(captures(plugin, recorded), (capture) => {
          const section = evaluate(plugin, capture, checkFor(plugin))
          assert.ok(!isBroken(plugin, section), section.status === 'ok' ? '' : section.reason)
          assert.equal(JSON.stringify(evaluate(plugin, capture)), JSON.stringify(section))
          if (section.status === 'ok') assertIdentities(plugin, section.data)
        }),
        { numRuns, seed },
      )
    })

    test('a stream cut anywhere yields the finished probes, and the others are truncated', () => {
      fc.assert(
        fc.property(captures(plugin, recorded), fc.double({ min: 0, max: 1, noNaN: true }), (capture, share) => {
          const frames = framesOf(capture)
          const cut = Math.floor(frames.stdout.length * share)
          assertFinished(plugin, capture, { ...frames, stdout: frames.stdout.subarray(0, cut) })
        }),
        { numRuns: Math.ceil(numRuns / 4), seed },
      )
    })
  })
}

function isBroken(plugin: Plugin, section: Section): boolean {
  return section.status === 'failed' && section.reason.startsWith(`plugin ${plugin.name} broke`)
}

function assertIdentities(plugin: Plugin, data: Fields): void {
  for (const [list, keys] of Object.entries<Keys>(plugin.keys)) {
    const items = (data[list] ?? []) as Fields[] // The schema, checked before, says so.
    const labels = labelItems(items, keys)
    assert.equal(new Set(labels).size, labels.length, `two items of ${list} have one identity`)
    assert.ok(!labels.includes('?'), `an item of ${list} has no known key`)
    assert.equal(new Set(items.map((item) => JSON.stringify(item))).size, items.length, `${list} holds one item twice`)
  }
}

interface Frames {
  readonly stdout: Buffer
  /** Where each probe's end mark ends. */
  readonly ends: ReadonlyMap<string, number>
}

function framesOf(capture: Capture): Frames {
  const parts: Buffer[] = [Buffer.from(`\n@@rollcall 1 ${NONCE} 0\n`)]
  const ends = new Map<string, number>()
  for (const [name, { exit, stdout }] of Object.entries(capture.probes)) {
    parts.push(framed(name, stdout, exit))
    ends.set(name, Buffer.concat(parts).length)
  }
  return { stdout: Buffer.concat([...parts, Buffer.from(`\n@@${NONCE} END\n`)]), ends }
}

function framed(name: string, stdout: string, exit: string | number): Buffer {
  return Buffer.from(`\n@@${NONCE} B ${name}\n${stdout}\n@@${NONCE} E ${name} ${exit} 10\n`)
}

function assertFinished(plugin: Plugin, whole: Capture, { stdout, ends }: Frames): void {
  const reader = new FrameReader(NONCE)
  for (let at = 0; at < stdout.length; at += 997) reader.push('stdout', stdout.subarray(at, at + 997))
  const capture = reader.finish(Object.keys(whole.probes))
  for (const [name, end] of ends) {
    const { exit, stdout: text } = capture.probes[name]!
    if (end <= stdout.length) assert.deepEqual([exit, text], [whole.probes[name]!.exit, whole.probes[name]!.stdout], name)
    else assert.equal(exit, 'truncated', name)
  }
  assert.ok(!isBroken(plugin, evaluate(plugin, capture, checkFor(plugin))))
}
