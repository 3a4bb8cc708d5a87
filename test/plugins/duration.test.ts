import assert from 'node:assert/strict'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readFolder } from '../../plugins/capture.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import { FrameReader, PROBE_BYTES, type Capture } from '../../plugins/frames.ts'
import { seedsOf } from './garbage.ts'
import { growthOf, shapes } from './growth.ts'
import { builtinPlugins, recordedOf, type Recorded } from './recorded.ts'

/** Long texts cost long runs: `npm test` looks at an eighth of what a probe may bring. */
const longest = Number(process.env['RUNS'] ?? 0) >= 1000 ? PROBE_BYTES : PROBE_BYTES / 8
const NONCE = 'f00dfeedf00dfeed'

for (const plugin of await builtinPlugins()) {
  const recorded = recordedOf(plugin.name)

  describe(plugin.name, () => {
    for (const probe of Object.keys(plugin.probes)) {
      const seeds = seedsOf(recorded, [probe]).slice(0, 2)
      const parse = (text: string): unknown => evaluate(plugin, withText(recorded, probe, text))

      test(`${probe}: twice the text takes at most 2.5 times the time`, () => {
        for (const [name, text] of Object.entries(shapes(seeds))) {
          const growth = growthOf(parse, text, longest / 2)
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

test('a probe of 100 MB costs no memory, and none of the other probes', () => {
  const reader = new FrameReader(NONCE)
  const chunk = Buffer.alloc(1024 * 1024, 'garbage\n')
  reader.push('stdout', framed('small', 'here', 0))
  reader.push('stdout', Buffer.from(`\n@@${NONCE} B huge\n`))
  const before = process.memoryUsage().rss
  for (let sent = 0; sent < 100; sent++) reader.push('stdout', Buffer.from(chunk))
  const grown = process.memoryUsage().rss - before
  reader.push('stdout', Buffer.from(`\n@@${NONCE} E huge 0 10\n\n@@${NONCE} END\n`))
  const { probes, complete } = reader.finish()
  assert.equal(complete, true)
  assert.equal(probes['small']?.stdout, 'here')
  assert.deepEqual([probes['huge']?.exit, probes['huge']?.stdout], ['truncated', ''])
  assert.ok(grown < 64 * 1024 * 1024, `${Math.round(grown / 2 ** 20)} MB more`)
})

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

function framed(name: string, stdout: string, exit: string | number): Buffer {
  return Buffer.from(`\n@@${NONCE} B ${name}\n${stdout}\n@@${NONCE} E ${name} ${exit} 10\n`)
}
