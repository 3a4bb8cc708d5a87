import assert from 'node:assert/strict'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readFolder } from '../../plugins/capture.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import { FrameReader, PROBE_BYTES, type Capture } from '../../plugins/frames.ts'
import { seedsOf } from './garbage.ts'
import { grown, growthOf, shapes } from './growth.ts'
import { builtinPlugins, recordedOf, type Recorded } from './recorded.ts'

/** Long texts cost long runs: `npm run soak` looks at all that a probe may bring, the others at a part. */
const runs = Number(process.env['RUNS'] ?? 0)
const longest = PROBE_BYTES / (runs >= 10_000 ? 1 : runs >= 1000 ? 4 : 16)
const NONCE = 'f00dfeedf00dfeed'

for (const plugin of await builtinPlugins()) {
  const recorded = recordedOf(plugin.name)

  describe(plugin.name, () => {
    for (const { name, capture } of recorded) {
      test(`${name}, all of it longer: twice the host takes at most 2.5 times the time`, () => {
        for (const numbered of [false, true]) {
          const growth = growthOf(
            (text) => evaluate(plugin, grownCapture(capture, text.length, numbered)),
            (length) => ' '.repeat(length),
            longest,
          )
          assert.ok(growth <= 2.5, `${numbered ? 'numbered on' : 'again and again'}: ${growth.toFixed(1)} times the time`)
        }
      })
    }

    for (const probe of Object.keys(plugin.probes)) {
      const seeds = seedsOf(recorded, [probe]).slice(0, 2)
      const parse = (text: string): unknown => evaluate(plugin, withText(recorded, probe, text))

      test(`${probe}: twice the text takes at most 2.5 times the time`, () => {
        for (const [name, text] of Object.entries(shapes(seeds))) {
          const growth = growthOf(parse, text, longest)
          assert.ok(growth <= 2.5, `${name}: ${growth.toFixed(1)} times the time`)
        }
      })

      test(`${probe}: the longest text is no hang`, () => {
        for (const [name, text] of Object.entries(shapes(seeds.slice(0, 1)))) {
          const start = performance.now()
          parse(text(longest).slice(0, longest))
          const seconds = (performance.now() - start) / 1000
          assert.ok(seconds < 20, `${name}: ${seconds.toFixed(1)} s`)
        }
      })
    }
  })
}

test('a probe of 100 MB is not held in memory, and none of the other probes', async () => {
  const reader = new FrameReader(NONCE)
  const chunk = Buffer.alloc(1024 * 1024, 'garbage\n')
  reader.push('stdout', framed('small', 'here', 0))
  reader.push('stdout', Buffer.from(`\n@@${NONCE} B huge\n`))
  const before = await heldBytes()
  for (let sent = 0; sent < 100; sent++) reader.push('stdout', chunk)
  const more = (await heldBytes()) - before
  reader.push('stdout', Buffer.from(`\n@@${NONCE} E huge 0 10\n\n@@${NONCE} END\n`))
  const { probes, complete } = reader.finish()
  assert.equal(complete, true)
  assert.equal(probes['small']?.stdout, 'here')
  assert.deepEqual([probes['huge']?.exit, probes['huge']?.stdout], ['truncated', ''])
  assert.ok(more < 16 * 1024 * 1024, `${Math.round(more / 2 ** 20)} MB more`)
})

/** Bytes of buffers that somebody still holds. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc')
  for (let again = 0; again < 5; again++) {
    runInNewContext('gc')()
    await setTimeout(20) // Buffers are freed by another thread, some time after.
  }
  return process.memoryUsage().arrayBuffers
}

test('a text of 100 MB in a capture folder is truncated, and its plugin never sees it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const huge = openSync(join(folder, 'huge.txt'), 'w')
  ftruncateSync(huge, 100 * 1024 * 1024)
  closeSync(huge)
  assert.deepEqual(readFolder(folder).probes['huge'], { exit: 'truncated', stdout: '', stderr: `more than ${PROBE_BYTES} bytes` })
})

/** A recorded host that gives another answer to one probe. */
function withText(recorded: readonly Recorded[], probe: string, stdout: string): Capture {
  const host = recorded.find(({ capture }) => probe in capture.probes) ?? recorded[0]
  return { probes: { ...host?.capture.probes, [probe]: { exit: 0, stdout, stderr: '' } }, complete: true }
}

/** A host that says more of everything: `length` characters for the longest answer, the others in proportion. */
function grownCapture(capture: Capture, length: number, numbered: boolean): Capture {
  const longestAnswer = Math.max(1, ...Object.values(capture.probes).map(({ stdout }) => stdout.length))
  const probes = Object.entries(capture.probes).map(([name, raw]) => {
    const stdout = raw.stdout === '' ? '' : grown(raw.stdout, (raw.stdout.length / longestAnswer) * length, numbered)
    return [name, { ...raw, stdout }] as const
  })
  return { ...capture, probes: Object.fromEntries(probes) }
}

function framed(name: string, stdout: string, exit: string | number): Buffer {
  return Buffer.from(`\n@@${NONCE} B ${name}\n${stdout}\n@@${NONCE} E ${name} ${exit} 10\n`)
}
