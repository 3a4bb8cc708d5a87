import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { HostResult } from '../../collector/run/result.ts'
import { record, withoutHardware, type Estate, type Manner } from '../collector/salt/estate.ts'
import { withSalt } from '../collector/salt/fake-program.ts'
import { noOpenssl, PASSWORD, serveSaltApi, USER } from '../collector/salt/salt-api-server.ts'
import { scratch } from '../collector/scratch.ts'
import { serve as serveNothing } from '../collector/ssh/broken.ts'
import { rollcall, rollcallJson, serve, type Surroundings } from './rollcall.ts'

const IDS = Array.from({ length: 50 }, (_, index) => `web-${String(index + 1).padStart(2, '0')}.fra1`)
const FAULTS: Readonly<Record<string, Manner>> = { [IDS[3]!]: 'silent', [IDS[17]!]: 'deaf', [IDS[29]!]: 'garbage', [IDS[44]!]: 'forbidden' }
const CAUSES = { [IDS[3]!]: 'timeout', [IDS[17]!]: 'timeout', [IDS[29]!]: 'truncated', [IDS[44]!]: 'auth' }

/** This machine, once, as fifty minions. */
async function estateOf(t: TestContext, faults: Readonly<Record<string, Manner>> = {}): Promise<Estate> {
  const { stdout: script } = await rollcall(['script'], { data: scratch(t) })
  const recorded = withoutHardware(record(script, /^N=([0-9a-f]+) /m.exec(script)![1]!))
  return { minions: Object.fromEntries(IDS.map((id) => [id, faults[id] ?? 'plays'])), recorded }
}

type Way = (t: TestContext, estate: Estate) => Promise<NonNullable<Surroundings['env']>>
const WAYS: Readonly<Record<string, Way>> = {
  program: async (t, estate) => withSalt(t, estate),
  api: async (t, estate) => {
    const { url, ca } = await serveSaltApi(t, estate)
    const [ROLLCALL_SALT__URL, ROLLCALL_SALT__CA, SECRET] = [url, ca, PASSWORD]
    return {
      ROLLCALL_SALT__VIA: 'api',
      ROLLCALL_SALT__URL,
      ROLLCALL_SALT__CA,
      ROLLCALL_SALT__USER: USER,
      ROLLCALL_SALT__PASSWORD: 'env:SECRET',
      SECRET,
    }
  },
}

const linesIn = (stdout: string): HostResult[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as HostResult)

for (const [way, envFor] of Object.entries(WAYS)) {
  test(
    `fifty minions by ${way}, two silent, one garbage, one denied: each its cause, and nothing is removed`,
    { skip: way === 'api' && noOpenssl },
    async (t) => {
      const here = { data: scratch(t) }
      await serve(t, here)
      const [good, bad] = [await estateOf(t), await estateOf(t, FAULTS)]
      const list = join(here.data, 'minions.txt')
      writeFileSync(list, IDS.map((id) => (id === IDS[0] ? `root@${id} front-door` : id)).join('\n'))

      const first = await rollcall(['salt', '--target', 'web*', '--batch', '20', '--json'], { ...here, env: await envFor(t, good) })
      assert.deepEqual([first.status, linesIn(first.stdout).filter(({ status }) => status === 'ok').length], [0, 50], first.stderr)
      const before = await estateNow(here)
      assert.deepEqual(before.map(({ name }) => name).toSorted(), IDS)

      const second = await rollcall(['salt', '--hosts', list, '--batch', '20', '--json'], { ...here, env: await envFor(t, bad) })
      const results = linesIn(second.stdout)
      assert.deepEqual([second.status, results.length], [1, 50], second.stderr)
      assert.deepEqual(
        Object.fromEntries(results.filter(({ status }) => status === 'failed').map(({ host, cause }) => [host, cause])),
        CAUSES,
      )
      assert.ok(second.stderr.includes(`${list}: user, port, key, jump and become are for SSH, and not looked at`))
      assert.match(second.stderr, /^timeout +2 [^]*^timeout: .*its key accepted/m)

      const changes = await rollcallJson<{ op: string }[]>(['changes', '--json'], here)
      assert.deepEqual(
        changes.filter(({ op }) => op === 'removed'),
        [],
      )
      assert.deepEqual(withoutTimes(await estateNow(here)), withoutTimes(before))
      assert.equal(readFileSync(join(here.data, 'hosts', `salt%3A${IDS[0]}`), 'utf8').split('\n')[0], 'front-door')
      assert.ok(!second.stderr.includes(PASSWORD) && !first.stderr.includes(PASSWORD))

      const env = await envFor(t, good)
      for (const which of [
        ['--hosts', list],
        ['--target', 'web-0*'],
      ]) {
        const failed = linesIn(
          (await rollcall(['salt', ...which, '--json', '--retry-failed'], { ...here, env: await envFor(t, bad) })).stdout,
        )
        const wanted = Object.entries(CAUSES).filter(([id]) => which[0] === '--hosts' || id.startsWith('web-0'))
        assert.deepEqual(Object.fromEntries(failed.map(({ host, cause }) => [host, cause])), Object.fromEntries(wanted))
      }
      const third = await rollcall(['salt', '--hosts', list, '--json', '--retry-failed'], { ...here, env })
      const again = linesIn(third.stdout).map(({ host, status }) => `${host} ${status}`)
      assert.deepEqual(
        again.toSorted(),
        Object.keys(CAUSES).map((id) => `${id} ok`),
      )
      const fourth = await rollcall(['salt', '--target', '*', '--json', '--retry-failed'], { ...here, env })
      assert.deepEqual([fourth.status, fourth.stdout, /nothing is to be done/.test(fourth.stderr)], [0, '', true])
    },
  )
}

test('without an API the report is in the line, collected in salt mode under the name of the minion', async (t) => {
  const data = scratch(t)
  const env = withSalt(t, await estateOf(t, FAULTS))
  const { status, stdout } = await rollcall(['salt', '--target', 'web-0*', '--no-post', '--json'], { data, env })
  const results = linesIn(stdout)
  const { report } = results.find(({ host }) => host === IDS[0])!
  assert.deepEqual([status, results.length], [1, 9])
  assert.deepEqual([report?.identity.name, report?.collector.mode, report?.sections['basic']?.status], [IDS[0], 'salt', 'ok'])
})

test('what is not said is asked for', async (t) => {
  const data = scratch(t)
  const cases: readonly (readonly [args: readonly string[], message: RegExp, env?: Readonly<Record<string, string>>])[] = [
    [[], /which minions\?/],
    [['--target', '*', '--hosts', 'x'], /one of the two/],
    [['--target', '*', '--batch', '0'], /--batch 0/],
    [['--target', '*', '--retry-failed'], /no run is known/],
    [['--target', '*'], /name salt\.url, salt\.user and salt\.password/, { ROLLCALL_SALT__VIA: 'api' }],
  ]
  for (const [args, message, env = {}] of cases) {
    const { status, stderr } = await rollcall(['salt', ...args], { data, env })
    assert.deepEqual([status, message.test(stderr)], [2, true], stderr)
  }
})

test('Ctrl-C ends the run at once, and says what was not done', async (t) => {
  const data = scratch(t)
  const bin = join(data, 'bin')
  mkdirSync(bin)
  const fake = `#!/bin/sh\nif grep -q test.ping; then echo '{"web-01": true}'; else kill -INT $PPID; sleep 30; fi\n`
  writeFileSync(join(bin, 'salt'), fake, { mode: 0o755 })
  const begun = performance.now()
  const env = { PATH: `${bin}:${process.env['PATH']}` }
  const { status, stderr } = await rollcall(['salt', '--target', '*', '--no-post'], { data, env })
  assert.equal(status, 1, stderr)
  assert.match(stderr, /stopped: 1 host \(web-01\) was not done/)
  assert.ok(performance.now() - begun < 10_000)
})

test('Ctrl-C while the API takes reports and does not answer: the run ends, and they wait', async (t) => {
  const data = scratch(t)
  const { PATH, ...env } = withSalt(t, await estateOf(t))
  const bin = join(data, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'salt'), `#!/bin/sh\necho $PPID >${bin}/pid\nPATH=${PATH} exec salt "$@"\n`, { mode: 0o755 })
  const port = await serveNothing(t, () => process.kill(Number(readFileSync(join(bin, 'pid'), 'utf8')), 'SIGINT'))
  const api = { ROLLCALL_API__URL: `http://127.0.0.1:${port}`, ROLLCALL_API__TOKEN: 'env:NONE', NONE: 'rc_a.b' }
  const { status, stderr } = await rollcall(['salt', '--target', 'web-0*'], { data, env: { ...env, ...api, PATH: `${bin}:${PATH}` } })
  assert.deepEqual([status, /^9 reports wait in /m.test(stderr)], [3, true], stderr)
})

interface Asset {
  readonly name: string
  readonly version: number
  readonly lastSeen: string
}

async function estateNow(here: Surroundings): Promise<Asset[]> {
  return await rollcallJson<Asset[]>(['assets', '--json'], here)
}

function withoutTimes(assets: readonly Asset[]): unknown {
  return assets.map((asset) => ({ ...asset, lastSeen: null })).toSorted((a, b) => a.name.localeCompare(b.name))
}
