import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readUndone } from '../../collector/run/last-run.ts'
import { serve as serveBroken } from '../collector/ssh/broken.ts'
import { scratch } from '../collector/scratch.ts'
import { noSshd } from '../sshd.ts'
import { addressOf, reaching, startPlayers } from './players.ts'
import { rollcall, serve } from './rollcall.ts'
import { begin, byHost, countOf, linesOf, waiting } from './runs.ts'

test('a run that is stopped', { skip: noSshd }, async (t) => {
  const players = await startPlayers(t)
  const quick = { ROLLCALL_SSH__CONNECT_SECONDS: '3', ROLLCALL_SSH__HOST_SECONDS: '20' }

  await t.test('Ctrl-C ends within 5 s: what is collected is posted, and what was not done is told and kept', async (tt) => {
    const here = reaching(players, scratch(tt), { ...quick, ROLLCALL_SSH__HOST_SECONDS: '60' })
    await serve(tt, here)
    for (const index of [1, 2]) players.misbehave(addressOf(index), 'hang')
    const run = begin(['ssh', '--hosts', players.list(6), '--json', '--concurrency', '2'], here)
    while (linesOf(run.said).length < 1) await setTimeout(50)
    await setTimeout(300)
    const begun = performance.now()
    run.child.kill('SIGINT')
    const ran = await run.ended
    const ms = performance.now() - begun
    assert.ok(ms < 5000, `${ms} ms`)
    assert.deepEqual([ran.status, byHost(ran)], [1, [`${addressOf(0)} ok`]])
    assert.match(ran.stderr, /^stopped: 5 hosts \(root@127\.0\.1\.2:\d+ .*\) were not done; "--retry-failed" does them$/m)
    assert.deepEqual([await waiting(here.data), countOf(here.data, 'asset')], [[], [1]])
    for (const index of [1, 2]) players.misbehave(addressOf(index), null)
    const rest = await rollcall(['ssh', '--hosts', players.list(6), '--json', '--retry-failed'], here)
    assert.deepEqual(
      byHost(rest),
      [1, 2, 3, 4, 5].map((index) => `${addressOf(index)} ok`),
    )
    assert.deepEqual(countOf(here.data, 'asset'), [6])
  })

  await t.test("Ctrl-C on a terminal, by the system's ssh: hosts have a little time left, and no ssh goes on", async (tt) => {
    const here = reaching(players, scratch(tt), { ROLLCALL_SSH__CLIENT: 'openssh', ROLLCALL_SSH__CONNECT_SECONDS: '30' })
    players.misbehave(addressOf(1), 'hang')
    players.misbehave(addressOf(2), 'slow')
    const run = begin(['ssh', '--hosts', players.list(6), '--no-post', '--json', '--concurrency', '3'], here)
    while (linesOf(run.said).length < 1 || !players.isAsked(addressOf(2))) await setTimeout(20)
    // A terminal tells all processes in front.
    process.kill(-run.child.pid!, 'SIGINT')
    const ran = await run.ended
    assert.equal(ran.status, 1, ran.stderr)
    const ends = byHost(ran)
    assert.ok(
      !ends.some((end) => end.startsWith(addressOf(1))) && ends.includes(`${addressOf(2)} ok`),
      ran.stdout.replaceAll(/"report".*/g, ''),
    )
    assert.match(ran.stderr, /^stopped: .* not done; "--retry-failed" does them$/m)
    const own = ['-fa', `^ssh .*-oPort=${players.port} `]
    while (spawnSync('pgrep', own).status === 0) await setTimeout(50)
    for (const index of [1, 2]) players.misbehave(addressOf(index), null)
  })

  await t.test('Ctrl-C while the API takes reports and does not answer: within 5 s, and they wait', async (tt) => {
    const port = await serveBroken(tt, () => undefined)
    const env = { ...quick, ROLLCALL_API__URL: `http://127.0.0.1:${port}`, ROLLCALL_API__TOKEN: 'env:NONE', NONE: 'rc_a.b' }
    const here = reaching(players, scratch(tt), env)
    const run = begin(['ssh', '--hosts', players.list(2), '--json'], here)
    while (!/ 2 of 2/.test(run.said.stderr) && (await waiting(here.data)).length < 2) await setTimeout(50)
    await setTimeout(500)
    const begun = performance.now()
    run.child.kill('SIGINT')
    const ran = await run.ended
    assert.ok(performance.now() - begun < 5000)
    assert.deepEqual([ran.status, (await waiting(here.data)).length], [3, 2], ran.stderr)
  })

  await t.test(
    'a reader that has seen enough ends the run in good order: what was not done is kept, and the status is not 0',
    async (tt) => {
      const here = reaching(players, scratch(tt), quick)
      const run = begin(['ssh', '--hosts', players.list(6), '--no-post', '--json', '--concurrency', '1'], here)
      while (linesOf(run.said).length < 1) await setTimeout(20)
      run.child.stdout.destroy()
      const { status, stderr } = await run.ended
      assert.equal(status, 1, stderr)
      assert.match(stderr, /^stopped: \d hosts? .* not done; "--retry-failed" does (?:them|it)$/m)
      assert.doesNotMatch(stderr, /\n +at /)
      const undone = (await readUndone(here.data, 'ssh'))!.length
      assert.ok(undone > 0 && undone < 6, `${undone}`)
    },
  )

  await t.test('on schedule each run reads its list anew, and Ctrl-C between two runs ends at once', async (tt) => {
    const here = reaching(players, scratch(tt), quick)
    const list = join(here.data, 'list')
    writeFileSync(list, `${addressOf(0)}:${players.port}\n`)
    const run = begin(['ssh', '--hosts', list, '--no-post', '--json', '--schedule', '* * * * * *'], here)
    while (linesOf(run.said).length < 1) await setTimeout(20)
    writeFileSync(list, `${addressOf(1)}:${players.port}\n`)
    while (!byHost(run.said).includes(`${addressOf(1)} ok`)) await setTimeout(20)
    run.child.kill('SIGINT')
    assert.match((await run.ended).stderr, /^stopped$/m)

    const idle = begin(['ssh', '--hosts', list, '--no-post', '--schedule', '0 0 1 1 *'], here)
    while (!idle.said.stderr.includes('next run: ')) await setTimeout(20)
    const begun = performance.now()
    idle.child.kill('SIGINT')
    const { status, stderr } = await idle.ended
    assert.ok(performance.now() - begun < 2000)
    assert.deepEqual([status, stderr.endsWith('\nstopped\n')], [0, true], stderr)
  })

  await t.test('after a collector was killed in the middle a later run completes, and no asset is doubled', async (tt) => {
    const here = reaching(players, scratch(tt), quick)
    await serve(tt, here)
    for (const index of [4, 5]) players.misbehave(addressOf(index), 'hang')
    const run = begin(['ssh', '--hosts', players.list(8), '--json', '--concurrency', '4'], here)
    while (linesOf(run.said).length < 2) await setTimeout(20)
    run.child.kill('SIGKILL')
    await run.ended
    for (const index of [4, 5]) players.misbehave(addressOf(index), null)
    // Nothing was done as far as anybody can know.
    const ran = await rollcall(['ssh', '--hosts', players.list(8), '--json', '--retry-failed'], here)
    assert.deepEqual([ran.status, byHost(ran).length], [0, 8], ran.stderr)
    assert.deepEqual([countOf(here.data, 'asset', 'conflict'), await waiting(here.data)], [[8, 0], []])
  })
})
