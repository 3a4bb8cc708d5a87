import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Report, Section } from '../../cmdb-api/contract.ts'
import { DEFAULTS } from '../../plugins/index.ts'
import { rollcall, rollcallJson, type Surroundings } from '../cli/rollcall.ts'
import { scratch } from '../collector/scratch.ts'

type Sections = Readonly<Record<string, Section>>

describe('a capture of this machine gives the same sections as its collection', () => {
  test('recorded as a folder', async (t) => {
    const here = { data: scratch(t) }
    const folder = join(here.data, 'captures/this')
    const recorded = await rollcall(['record', '--out', folder], here)
    assert.equal(recorded.status, 0, recorded.stderr)
    assert.match(recorded.stdout, /answers are in .*captures\/this/)
    const sections = await rollcallJson<Sections>(['parse', folder], here)
    assert.deepEqual(Object.keys(sections), DEFAULTS)
    assert.deepEqual(lasting(sections), await collected(here))
    const some = await rollcallJson<Sections>(['parse', folder, '--plugin', 'cpu,lvm'], here)
    assert.deepEqual(Object.keys(some), ['cpu', 'lvm'])
    assert.deepEqual(some['cpu'], sections['cpu'])
  })

  test('as the stream that the script prints, in a file and on standard input', async (t) => {
    const here = { data: scratch(t) }
    const script = await rollcall(['script'], here)
    assert.equal(script.status, 0, script.stderr)
    const stream = spawnSync('sh', ['-s'], { input: script.stdout, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).stdout
    const file = join(here.data, 'this.capture')
    writeFileSync(file, stream)
    const [fromFile, fromInput] = await Promise.all([
      rollcallJson<Sections>(['parse', file], here),
      rollcallJson<Sections>(['parse', '-'], { ...here, input: stream }),
    ])
    assert.deepEqual(fromFile, fromInput)
    assert.deepEqual(lasting(fromFile), await collected(here))
  })

  test('and a stream that was cut says which sections it cost', async (t) => {
    const here = { data: scratch(t) }
    const script = await rollcall(['script'], here)
    const { stdout } = spawnSync('sh', ['-s'], { input: script.stdout, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    const whole = await rollcallJson<Sections>(['parse', '-'], { ...here, input: stdout })
    const cut = await rollcallJson<Sections>(['parse', '-'], { ...here, input: stdout.slice(0, stdout.indexOf(' B dpkg-query') + 2000) })
    assert.deepEqual(cut['cpu'], whole['cpu'])
    assert.notEqual(cut['software']?.status === 'ok' && (cut['software'].data as { packages: unknown }).packages, [])
    for (const { status } of Object.values(cut)) assert.match(status, /^(ok|absent|truncated)$/)
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

async function collected(here: Surroundings) {
  return lasting((await rollcallJson<Report>(['collect'], here)).sections)
}

/** Without what moves from one second to the next. */
function lasting(sections: Sections): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(sections).map(([name, { status, version, digest, data }]) => [name, { status, version, digest, data }]),
  )
}
