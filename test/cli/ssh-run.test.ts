import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { failing, serve as serveBroken, unanswered } from '../collector/ssh/broken.ts'
import { scratch } from '../collector/scratch.ts'
import { noSshd } from '../sshd.ts'
import { addressOf, reaching, startPlayers } from './players.ts'
import { rollcall, serve, type Ran, type Surroundings } from './rollcall.ts'
import { begin, byHost, countOf, linesOf, waiting } from './runs.ts'

test('a run over hosts that answer, and hosts that do not', { skip: noSshd }, async (t) => {
  const players = await startPlayers(t)
  const quick = { ROLLCALL_SSH__CONNECT_SECONDS: '3', ROLLCALL_SSH__HOST_SECONDS: '20' }

  await t.test('without an API: a line for each host, with its report, and nothing is kept but host keys', async (tt) => {
    const here = reaching(players, scratch(tt), quick)
    const input = `${addressOf(0)}:${players.port} web-01\nno-such-login@${addressOf(1)}:${players.port}\n`
    const ran = await rollcall(['ssh', '--hosts', '-', '--no-post', '--json', '--retry-failed'], { ...here, input })
    assert.deepEqual([ran.status, ran.stdout], [2, ''])
    const first = await rollcall(['ssh', '--hosts', '-', '--no-post', '--json', '--concurrency', '5'], { ...here, input })
    assert.equal(first.status, 1, first.stderr)
    const [bad, good] = linesOf(first).toSorted((a, b) => a.status.localeCompare(b.status))
    assert.deepEqual(Object.keys(good!), 'host name status cause message ms retryable outcome assetId warnings report'.split(' '))
    assert.deepEqual([good!.name, good!.cause, good!.report!.identity.name], ['web-01', null, 'web-01'])
    assert.deepEqual([bad!.cause, bad!.retryable, bad!.report], ['auth', false, undefined])
    assert.match(first.stderr, /^2 of 2 hosts, 0 running, 1 failed, [\d.]+\/s$/m)
    assert.match(first.stderr, /^CAUSE +HOSTS +SUCH AS\nauth +1 +no-such-login@127\.0\.1\.2:\d+\n\nauth: give the user/m)
    assert.ok(!first.stderr.includes('\u{1b}'))
    assert.deepEqual(readdirSync(here.data).toSorted(), ['known_hosts', 'last-run.json'])
    assert.doesNotMatch(first.stdout, /127\.0\.1\.1:.*private|BEGIN OPENSSH/)

    const again = await rollcall(['ssh', '--hosts', '-', '--no-post', '--json', '--retry-failed'], { ...here, input })
    assert.deepEqual(byHost(again), [`${addressOf(1)} auth`])
    const other = await rollcall(['ssh', `${addressOf(0)}:${players.port}`, '--no-post', '--json', '--retry-failed'], here)
    assert.deepEqual([other.status, other.stdout], [0, ''])
    assert.match(other.stderr, /nothing is to be done/)
    assert.deepEqual(
      byHost(await rollcall(['ssh', '--hosts', '-', '--no-post', '--json', '--retry-failed'], { ...here, input })),
      byHost(again),
    )
  })

  await t.test('a list with a bad line: its number, status 2, and nothing is run', async (tt) => {
    const here = reaching(players, scratch(tt))
    const input = `${addressOf(0)}:${players.port}\n\n# a comment\nweb-01:notaport\n`
    const ran = await rollcall(['ssh', '--hosts', '-', '--no-post', '--json'], { ...here, input })
    assert.deepEqual([ran.status, ran.stdout], [2, ''])
    assert.match(ran.stderr, /:4: /)
    assert.deepEqual(readdirSync(here.data), [])
  })

  await t.test('wrong use is told before anything is run', async (tt) => {
    const here = reaching(players, scratch(tt))
    const wrong: [string[], RegExp][] = [
      [[], /which hosts\?/],
      [['a', '--hosts', 'b'], /one of the three/],
      [['a', '--concurrency', '0'], /--concurrency 0/],
      [['a', '--port', '70000'], /--port 70000/],
      [['a', '--host-keys', 'maybe'], /strict, accept-new and off/],
      [['a', '--no-post', '--schedule', 'often'], /five fields/],
      [['a'], /there is no API/],
    ]
    const all = await Promise.all(wrong.map(([args]) => rollcall(['ssh', ...args], here)))
    for (const [index, { status, stderr }] of all.entries()) {
      assert.equal(status, 2, stderr)
      assert.match(stderr, wrong[index]![1])
    }
  })

  await t.test(
    'host keys: strict takes no unknown one; a changed one is refused loudly, and the others go on; off checks nothing',
    async (tt) => {
      const here = reaching(players, scratch(tt), quick)
      const hosts = [0, 1].map((index) => `${addressOf(index)}:${players.port}`)
      const run = async (...args: readonly string[]) => await rollcall(['ssh', ...hosts, '--no-post', '--json', ...args], here)
      assert.deepEqual(byHost(await run('--host-keys', 'strict')), [`${addressOf(0)} hostkey`, `${addressOf(1)} hostkey`])
      assert.deepEqual(byHost(await run()), [`${addressOf(0)} ok`, `${addressOf(1)} ok`])
      const file = join(here.data, 'known_hosts')
      const other = readFileSync(`${players.key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
      writeFileSync(file, readFileSync(file, 'utf8').replace(new RegExp(`^(\\[${addressOf(0)}\\]:\\d+) .*$`, 'm'), `$1 ${other}`))
      const changed = await run('--host-keys', 'strict')
      assert.deepEqual([changed.status, byHost(changed)], [1, [`${addressOf(0)} hostkey`, `${addressOf(1)} ok`]])
      assert.match(
        linesOf(changed).find(({ cause }) => cause !== null)!.message!,
        /HOST KEY OF .* HAS CHANGED.*known_hosts:\d.*Nothing was collected/,
      )
      assert.deepEqual(byHost(await run('--host-keys', 'off')), [`${addressOf(0)} ok`, `${addressOf(1)} ok`])
    },
  )

  await t.test('at most so many at once in a subnet', async (tt) => {
    const here = reaching(players, scratch(tt), { ...quick, ROLLCALL_SSH__PER_SUBNET: '1' })
    for (const index of [0, 1, 2]) players.misbehave(addressOf(index), 'slow')
    const begun = performance.now()
    const ran = await rollcall(['ssh', '--hosts', players.list(3), '--no-post', '--json'], here)
    assert.equal(ran.status, 0, ran.stderr)
    assert.ok(performance.now() - begun > 3000)
    for (const index of [0, 1, 2]) players.misbehave(addressOf(index), null)
  })

  await t.test('an API that is down: status 3, the reports wait, and the next run sends them', async (tt) => {
    const data = scratch(tt)
    const down = reaching(players, data, {
      ...quick,
      ROLLCALL_API__URL: 'http://127.0.0.1:9',
      ROLLCALL_API__TOKEN: 'env:NONE',
      NONE: 'rc_a.b',
    })
    const first = await rollcall(['ssh', '--hosts', players.list(3), '--json'], down)
    assert.equal(first.status, 3, first.stderr)
    assert.deepEqual(
      byHost(first),
      [0, 1, 2].map((index) => `${addressOf(index)} api`),
    )
    assert.match(first.stderr, /^3 reports wait in .*spool: the next run sends them$/m)
    assert.equal((await waiting(data)).length, 3)
    const up = reaching(players, data, quick)
    await serve(tt, up)
    const second = await rollcall(['ssh', '--hosts', players.list(1), '--json'], up)
    assert.deepEqual([second.status, await waiting(data), countOf(data, 'asset')], [0, [], [3]], second.stderr)
  })

  await t.test('hosts that fail in every way: the right cause, and nothing of it is recorded as a removal', async (tt) => {
    const isWhole = process.env['ROLLCALL_TEST_HOSTS'] !== undefined
    const good = isWhole ? 180 : 36
    // Their sshd is on the same machine as their client: each login costs it more than the collector.
    const pace = isWhole
      ? { CONCURRENCY: '60', CONNECT_SECONDS: '20', HOST_SECONDS: '40' }
      : { CONCURRENCY: '24', CONNECT_SECONDS: '5', HOST_SECONDS: '8' }
    const env = Object.entries({ ...pace, RETRIES: '1' }).map(([name, value]) => [`ROLLCALL_SSH__${name}`, value])
    const here = reaching(players, scratch(tt), Object.fromEntries(env) as Record<string, string>)
    await serve(tt, here)
    const faults: [string, string][] = [
      [`127.0.0.1:${await unanswered(tt)} no-answer`, 'timeout'],
      [`127.0.0.1:${await serveBroken(tt, () => undefined)} silence`, 'timeout'],
      [`127.0.0.1:${await failing(tt, players.port, { bytes: 9000, how: 'cut' })} cut`, 'truncated'],
      [`no-such-login@${addressOf(199)}:${players.port} wrong-user`, 'auth'],
      ['127.0.0.1:1 refused', 'refused'],
    ]
    // As many more as a tenth of the good ones: collected before, and failing now.
    const first = await rollcall(['ssh', '--hosts', players.list(good + good / 12), '--json'], here)
    assert.equal(first.status, 0, first.stderr)
    const before = countOf(here.data, 'change', 'change_set', 'asset')
    const alone = await timed(['ssh', '--hosts', players.list(good), '--json'], here)
    const gone = Array.from({ length: good / 12 }, (_, index) => addressOf(good + index))
    const hows = ['hang', 'cut', 'garbage'] as const
    const causes = { hang: 'timeout', cut: 'truncated', garbage: 'shell' }
    for (const [index, address] of gone.entries()) players.misbehave(address, hows[index % 3]!)
    const lines = [
      ...faults.map(([line]) => line),
      ...gone.map((address, index) => `${address}:${players.port} ${hows[index % 3]}-${index}`),
    ]
    const mixed = await timed(['ssh', '--hosts', players.list(good, lines.map((line) => `${line}\n`).join('')), '--json'], here)
    assert.equal(mixed.ran.status, 1)
    const failures = linesOf(mixed.ran).filter(({ status }) => status === 'failed')
    const expected = [
      ...faults.map(([line, cause]) => [line.split(' ')[1], cause]),
      ...gone.map((_, index) => [`${hows[index % 3]}-${index}`, causes[hows[index % 3]!]]),
    ]
    assert.deepEqual(Object.fromEntries(failures.map(({ name, cause }) => [name!, cause])), Object.fromEntries(expected))
    assert.equal(linesOf(mixed.ran).filter(({ status }) => status === 'ok').length, good)
    assert.deepEqual(countOf(here.data, 'change', 'change_set', 'asset'), before)
    const ratio = (mixed.lastOk / alone.lastOk).toFixed(2)
    t.diagnostic(`${good} good hosts: ${alone.lastOk} ms alone, ${mixed.lastOk} ms beside ${failures.length} faulty ones: ${ratio} times`)
    for (const address of gone) players.misbehave(address, null)
    const again = await rollcall(['ssh', '--hosts', players.list(good + good / 12), '--json'], here)
    assert.equal(again.status, 0, again.stderr)
    assert.deepEqual(countOf(here.data, 'change', 'change_set', 'asset'), before)
  })
})

/** Milliseconds until the last good host was done. */
async function timed(args: readonly string[], here: Surroundings): Promise<{ readonly ran: Ran; readonly lastOk: number }> {
  const begun = performance.now()
  const run = begin(args, here)
  let [seen, lastOk] = [0, 0]
  run.child.stdout.on('data', () => {
    const done = run.said.stdout.split('"status":"ok"').length
    if (done > seen) [seen, lastOk] = [done, Math.round(performance.now() - begun)]
  })
  return { ran: await run.ended, lastOk }
}
