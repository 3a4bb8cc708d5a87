import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import ssh2 from 'ssh2'
import { prepare } from '../../../collector/job.ts'
import { askMinions } from '../../../collector/salt/ask-minions.ts'
import { findMinions } from '../../../collector/salt/find-minions.ts'
import type { Master } from '../../../collector/salt/master.ts'
import { callFor, captureIn } from '../../../collector/salt/minions.ts'
import { saltApi } from '../../../collector/salt/salt-api.ts'
import { saltProgram } from '../../../collector/salt/salt-program.ts'
import { HostFailure } from '../../../collector/ssh/causes.ts'
import { captureOf } from '../../../collector/ssh/collect-target.ts'
import { Secret } from '../../../collector/ssh/secret.ts'
import basic from '../../../plugins/builtin/basic.ts'
import cpu from '../../../plugins/builtin/cpu.ts'
import disk from '../../../plugins/builtin/disk.ts'
import memory from '../../../plugins/builtin/memory.ts'
import nic from '../../../plugins/builtin/nic.ts'
import { scratch } from '../scratch.ts'
import { targetOf, threadOf } from '../ssh/targets.ts'
import { play, record, type Estate, type Manner, type Recording } from './estate.ts'
import { withSalt } from './fake-program.ts'
import { noOpenssl, PASSWORD, serveSaltApi, USER } from './salt-api-server.ts'
import { keyPair } from '../../ssh-keys.ts'

const plugins = [basic, cpu, memory, nic, disk]
const job = prepare(plugins)
const recorded = record(job.script, job.nonce)
const MINIONS: Readonly<Record<string, Manner>> = {
  'web-01': 'plays',
  'web-02': 'plays',
  'db-01': 'silent',
  'db-02': 'forbidden',
  'db-03': 'plays',
}
const never = new AbortController().signal

/** Both ways to a master; the program is found by the PATH of this process. */
const WAYS: Readonly<Record<string, (t: TestContext, estate: Estate) => Promise<Master>>> = {
  program: async (t, estate) => {
    const before = { ...process.env }
    Object.assign(process.env, withSalt(t, estate))
    t.after(() => Object.assign(process.env, before))
    return saltProgram({ callMs: 20_000 })
  },
  api: async (t, estate) => {
    const { url, ca } = await serveSaltApi(t, estate)
    return saltApi({ url, ca: readFileSync(ca, 'utf8') }, { login: loginAs(PASSWORD), callMs: 20_000 })
  },
}

function loginAs(password: string) {
  return { user: USER, password: new Secret(password), eauth: 'pam' }
}

const listed = (...ids: readonly string[]) => ({ list: ids.map((id) => ({ id, name: null })) })

for (const [way, open] of Object.entries(WAYS)) {
  const skip = way === 'api' && noOpenssl

  test(`by ${way}: a minion is the capture that ssh gives of the same host`, { skip }, async (t) => {
    const master = await open(t, { minions: MINIONS, recorded })
    const key = join(scratch(t), 'key')
    writeFileSync(key, keyPair().private)
    const thread = { ...threadOf(t, { plugins }), job: prepare(plugins) }
    for (const id of ['web-01', 'web-02']) {
      const said = await first(askMinions(master, [id], callFor(job, 60), never))
      const port = await playOverSsh(t, recorded, id)
      const target = targetOf({ port, credentials: { key, passphrase: null, password: null, agent: null } })
      const overSsh = await captureOf(target, thread)
      assert.deepEqual(captureIn(id, said, job), overSsh)
    }
  })

  test(`by ${way}: a pattern finds those that answer, and says of the others why`, { skip }, async (t) => {
    const master = await open(t, { minions: { ...MINIONS, 'db-02': 'blackout' }, recorded })
    const { here, failed } = await findMinions(master, { glob: '*' }, never)
    assert.deepEqual(
      here.map(({ id }) => id),
      ['db-03', 'web-01', 'web-02'],
    )
    assert.deepEqual(
      failed.map(({ minion, failure }) => [minion.id, failure.reason]),
      [
        ['db-01', 'timeout'],
        ['db-02', 'auth'],
      ],
    )
    await assert.rejects(findMinions(master, { glob: 'nothing*' }, never), /no minion of that pattern/)
  })

  test(`by ${way}: one minion out of bounds is found, and the others are not held up`, { skip }, async (t) => {
    const master = await open(t, { minions: MINIONS, recorded })
    const { here, failed } = await findMinions(master, listed('web-01', 'db-01', 'db-02', 'db-03', 'gone-01'), never)
    assert.deepEqual(
      here.map(({ id }) => id),
      ['web-01', 'db-03'],
    )
    assert.deepEqual(
      failed.map(({ minion, failure }) => [minion.id, failure.reason]),
      [
        ['db-01', 'timeout'],
        ['db-02', 'auth'],
        ['gone-01', 'timeout'],
      ],
    )
    await assert.rejects(findMinions(master, { glob: 'db*' }, never), /Salt refuses test\.ping on all that db\* matches/)
  })

  test(`by ${way}: the real script arrives as it was sent, and runs`, { skip }, async (t) => {
    const master = await open(t, { minions: { here: 'runs' }, recorded })
    const { complete, probes } = captureIn('here', await first(askMinions(master, ['here'], callFor(job, 60), never)), job)
    assert.deepEqual([complete, probes['uname-fields']?.exit], [true, 0])
  })
}

test('without a salt program it is said where to run this', async (t) => {
  const path = process.env['PATH']
  process.env['PATH'] = scratch(t)
  t.after(() => (process.env['PATH'] = path))
  await assert.rejects(
    findMinions(saltProgram({ callMs: 5000 }), { glob: '*' }, never),
    /run this on the Salt master, or set salt\.via to 'api'/,
  )
})

/** A program called salt that is a few lines of sh. */
function saltDoes(t: TestContext, sh: string): void {
  const bin = join(scratch(t), 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'salt'), `#!/bin/sh\n${sh}\n`)
  chmodSync(join(bin, 'salt'), 0o755)
  const path = process.env['PATH']
  process.env['PATH'] = `${bin}:${path}`
  t.after(() => (process.env['PATH'] = path))
}

test('a master that does not work is told in its own words', async (t) => {
  saltDoes(t, 'echo "Salt request timed out. The master is not responding." >&2; exit 1')
  await assert.rejects(findMinions(saltProgram({ callMs: 5000 }), { glob: '*' }, never), /salt: Salt request timed out/)
})

test('a program that is killed is told, and not taken for minions that are silent', async (t) => {
  saltDoes(t, `echo '{"web-01": true}'; kill -9 $$`)
  await assert.rejects(findMinions(saltProgram({ callMs: 5000 }), listed('web-01', 'web-02'), never), /salt was ended by SIGKILL/)
})

test('the program ends at its deadline, and what came until then counts', async (t) => {
  saltDoes(t, `trap '' TERM; echo '{"web-01": true}'; exec sleep 30`)
  const begun = performance.now()
  const { here, failed } = await findMinions(saltProgram({ callMs: 500 }), listed('web-01', 'web-02'), never)
  assert.deepEqual([here.map(({ id }) => id), failed.map(({ minion }) => minion.id)], [['web-01'], ['web-02']])
  assert.ok(performance.now() - begun < 4000)
})

test('the script and the ids of minions stand in no command line', async (t) => {
  saltDoes(t, `printf '{"%s": "%s"}\\n' "$*" "$(wc -l)"`)
  const answers = saltProgram({ callMs: 5000 }).ask({ list: ['web-01'] }, callFor(job, 60), never)
  for await (const { minion } of answers) assert.equal(minion, '--args-stdin')
})

test('salt-api: one login for many jobs, and another when the token is about to end', { skip: noOpenssl }, async (t) => {
  for (const [lifeSeconds, logins] of [
    [43_200, 1],
    [30, 3],
  ] as const) {
    const { url, ca, asked } = await serveSaltApi(t, { minions: MINIONS, recorded }, { lifeSeconds })
    const master = saltApi({ url, ca: readFileSync(ca, 'utf8') }, { login: loginAs(PASSWORD), callMs: 5000 })
    for (let round = 0; round < 3; round += 1) await findMinions(master, listed('web-01'), never)
    assert.equal(asked.filter(({ path }) => path === '/login').length, logins)
    assert.deepEqual(asked.findLast(({ path }) => path === '/')?.body, [
      { client: 'local', tgt: ['web-01'], tgt_type: 'list', fun: 'test.ping', arg: [], kwarg: {} },
    ])
  }
})

test('salt-api: a wrong password is told once, and not in the message', { skip: noOpenssl }, async (t) => {
  const { url, ca, asked } = await serveSaltApi(t, { minions: MINIONS, recorded })
  const master = saltApi({ url, ca: readFileSync(ca, 'utf8') }, { login: loginAs('guess'), callMs: 5000 })
  await assert.rejects(
    findMinions(master, listed('web-01', 'web-02'), never),
    (error) => error instanceof Error && /refused the login/.test(error.message) && !/guess/.test(error.message),
  )
  assert.equal(asked.length, 1)
})

test('salt-api: a certificate that nobody trusts gets no password', { skip: noOpenssl }, async (t) => {
  const { url, asked } = await serveSaltApi(t, { minions: MINIONS, recorded })
  await assert.rejects(
    findMinions(saltApi({ url, ca: null }, { login: loginAs(PASSWORD), callMs: 5000 }), listed('web-01'), never),
    /salt\.ca/,
  )
  assert.equal(asked.length, 0)
})

test('salt-api: an error of its own ends the run, silence ends at the deadline', { skip: noOpenssl }, async (t) => {
  let isSilent = false
  const { url, ca } = await serveSaltApi(
    t,
    { minions: MINIONS, recorded },
    {
      onJob: (_, response) => {
        if (!isSilent) response.writeHead(503).end('<p>Salt Master is not available</p>')
        return true
      },
    },
  )
  const master = saltApi({ url, ca: readFileSync(ca, 'utf8') }, { login: loginAs(PASSWORD), callMs: 400 })
  await assert.rejects(findMinions(master, listed('web-01'), never), /answered 503: <p>Salt Master is not available/)
  isSilent = true
  const { failed } = await findMinions(master, listed('web-01'), never)
  assert.deepEqual(
    failed.map(({ failure }) => failure.reason),
    ['timeout'],
  )
})

test('Ctrl-C ends the program at once', async (t) => {
  saltDoes(t, 'sleep 30')
  const stop = new AbortController()
  void setTimeout(200).then(() => stop.abort())
  const begun = performance.now()
  assert.deepEqual(await findMinions(saltProgram({ callMs: 60_000 }), listed('web-01'), stop.signal), { here: [], failed: [] })
  assert.ok(performance.now() - begun < 3000)
})

async function first(answers: AsyncIterable<{ readonly said: unknown }>): Promise<unknown> {
  for await (const { said } of answers) {
    if (said instanceof HostFailure) throw said
    return said
  }
  return undefined
}

/** An SSH server whose shell plays a recorded host. */
async function playOverSsh(t: TestContext, recording: Recording, id: string): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [keyPair().private] }, (client) => {
    client.on('authentication', (context) => context.accept()).on('error', () => undefined)
    client.on('session', (accept) =>
      accept().on('exec', (acceptExec) => {
        const channel = acceptExec()
        let script = ''
        channel.on('data', (chunk: Buffer) => (script += chunk.toString()))
        channel.on('end', () => {
          const { stdout, stderr } = play(recording, id, /^N=([0-9a-f]+) /m.exec(script)?.[1] ?? '')
          channel.stderr.write(stderr)
          channel.write(stdout)
          channel.exit(0)
          channel.end()
        })
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port // It listens on TCP.
}
