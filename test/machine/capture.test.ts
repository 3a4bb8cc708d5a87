import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Report, Section } from '../../cmdb-api/contract.ts'
import { DEFAULTS } from '../../plugins/index.ts'
import { rollcall, rollcallJson, type Surroundings } from '../cli/rollcall.ts'
import { scratch } from '../collector/scratch.ts'
import { makeWorld, NO_WORLD } from './world.ts'

type Sections = Readonly<Record<string, Section>>

test('a capture of this machine gives the same sections as its collection', async (t) => {
  const here = quiet(t)
  const { sections: now } = await rollcallJson<Report>(['collect'], here)

  await t.test('recorded as a folder', async () => {
    const folder = join(here.data, 'captures/this')
    const recorded = await rollcall(['record', '--out', folder], here)
    assert.equal(recorded.status, 0, recorded.stderr)
    assert.match(recorded.stdout, /answers are in .*captures\/this/)
    const sections = await rollcallJson<Sections>(['parse', folder], here)
    assert.deepEqual(Object.keys(sections), DEFAULTS)
    assert.deepEqual(lasting(sections), lasting(now))
    const some = await rollcallJson<Sections>(['parse', folder, '--plugin', 'cpu,lvm'], here)
    assert.deepEqual(Object.keys(some), ['cpu', 'lvm'])
    assert.deepEqual(some['cpu'], sections['cpu'])
  })

  await t.test('as the stream that the script prints, in a file, on standard input, and cut', async () => {
    const stream = runScript((await rollcall(['script'], here)).stdout, here)
    const file = join(here.data, 'this.capture')
    writeFileSync(file, stream)
    const parsed = (input: string) => rollcallJson<Sections>(['parse', '-'], { ...here, input })
    const [whole, fromFile] = [await parsed(stream), await rollcallJson<Sections>(['parse', file], here)]
    assert.deepEqual(fromFile, whole)
    assert.deepEqual(lasting(whole), lasting(now))

    const cut = await parsed(stream.slice(0, stream.indexOf(' B dpkg-query') + 2000))
    assert.deepEqual(cut['cpu'], whole['cpu'])
    const { status, data } = cut['software']!
    assert.ok(status === 'truncated' || (data as { packages: unknown }).packages === null, 'half a list is none')
    for (const one of Object.values(cut)) assert.match(one.status, /^(ok|absent|truncated)$/)
  })
})

test('what is no capture is refused in one line', async (t) => {
  const here = { data: scratch(t) }
  const cases = [
    ['parse', join(here.data, 'nothing')],
    ['parse', here.data],
    ['parse', '-'],
  ]
  for (const args of cases) {
    const { status, stderr, stdout } = await rollcall(args, { ...here, input: 'hello\n' })
    assert.equal(status, 2, stderr)
    assert.equal(stdout, '')
    assert.doesNotMatch(stderr, /\n +at /)
  }
})

/** A place where nobody else changes anything between two looks at it; where there can be one. */
function quiet(t: TestContext): Surroundings {
  const data = scratch(t)
  if (NO_WORLD !== false) return { data }
  const world = makeWorld(t)
  world.freeze(data)
  return { data, under: world.enter }
}

function runScript(script: string, { under = [] }: Surroundings): string {
  const [program, ...rest] = [...under, 'sh', '-s']
  return spawnSync(program, rest, { input: script, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).stdout
}

/** Without what moves from one second to the next. */
function lasting(sections: Sections): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sections).map(([name, { status, version, digest, data }]) => [name, { status, version, digest, data }]),
  )
}
