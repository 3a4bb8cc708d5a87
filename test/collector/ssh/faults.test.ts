import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Target } from '../../../collector/ssh/target.ts'
import { scratch } from '../scratch.ts'
import { noSshd, startSshd } from '../../sshd.ts'
import { failing, serve, unanswered } from './broken.ts'
import { failureOf, connectionsSince, shell, targetOf, threadOf, timers } from './targets.ts'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyPair } from '../../ssh-keys.ts'

const ssh = { connectMs: 1000, hostMs: 2000, aliveMs: 60_000 }

function newKey(t: TestContext): string {
  const file = join(scratch(t), 'key')
  writeFileSync(file, keyPair().private, { mode: 0o600 })
  return file
}

/** Ends as it should, in time, and leaves no connection behind. */
async function fails(
  t: TestContext,
  own: Partial<Target>,
  expected: { readonly cause: string; readonly message: RegExp; readonly within: number },
  thread = threadOf(t),
): Promise<void> {
  const open = connectionsSince(t)
  const { cause, message, ms } = await failureOf(targetOf({ deadlines: ssh, ...own }), thread)
  assert.deepEqual([cause, message], [expected.cause, message])
  assert.match(message, expected.message)
  // A busy machine may take its time; what has no deadline at all would take for ever.
  assert.ok(ms < expected.within + 4000, `${cause} after ${ms} ms`)
  // For the test's own proxies, which hear of it a moment later.
  await setTimeout(50)
  assert.equal(open(), 0, 'a connection stayed open')
}

const NETWORK: Readonly<Record<string, { open: (t: TestContext) => Promise<number>; cause: string; message: RegExp; within: number }>> = {
  'no answer': { open: unanswered, cause: 'timeout', message: /no answer within 1 s/, within: 1000 },
  'silence after accept': {
    open: async (t) => await serve(t, () => undefined),
    cause: 'timeout',
    message: /did not complete/,
    within: 1000,
  },
  'a banner that drips': { open: async (t) => await serve(t, drip), cause: 'timeout', message: /did not complete/, within: 1000 },
  'no key exchange': {
    open: async (t) => await serve(t, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')),
    cause: 'timeout',
    message: /did not complete/,
    within: 1000,
  },
  'something that is no SSH': {
    open: async (t) => await serve(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    cause: 'protocol',
    message: /no SSH; it said "HTTP\/1.1 400/,
    within: 100,
  },
  'a reset on accept': {
    open: async (t) => await serve(t, (socket) => socket.resetAndDestroy()),
    cause: 'reset',
    message: /reset|closed/,
    within: 100,
  },
  'closed on accept': {
    open: async (t) => await serve(t, (socket) => socket.end()),
    cause: 'reset',
    message: /closed the connection/,
    within: 100,
  },
  'nothing that listens': { open: async () => 1, cause: 'refused', message: /nothing listens/, within: 100 },
}

function drip(socket: { write(text: string): unknown; on(event: 'close', gone: () => void): unknown }): void {
  const timer = setInterval(() => socket.write('x'), 100)
  socket.on('close', () => clearInterval(timer))
}

for (const [fault, { open, ...expected }] of Object.entries(NETWORK)) {
  test(`${fault}: ${expected.cause}`, async (t) => {
    await fails(t, { port: await open(t), credentials: { key: newKey(t), passphrase: null, password: null, agent: null } }, expected)
  })
}

test('a name that does not resolve: dns', async (t) => {
  await fails(
    t,
    { address: 'no-such-host.invalid', credentials: { key: newKey(t), passphrase: null, password: null, agent: null } },
    { cause: 'dns', message: /name/, within: 1000 },
  )
})

test('an address that would be an option of ssh: dns', async (t) => {
  await fails(t, { address: '-oProxyCommand=id' }, { cause: 'dns', message: /no host name/, within: 10 })
})

test('a real server, and what goes wrong on it', { skip: noSshd }, async (t) => {
  const endless = 'while :; do echo 0123456789012345678901234567890123456789; done\n'
  const sshd = await startSshd(t, {
    logins: [
      { user: 'tester' },
      { user: 'printer', shell: '/bin/bash', home: { '.bashrc': endless } },
      { user: 'locked', shell: '/usr/sbin/nologin' },
      { user: 'gone', shell: '/no/such/shell' },
    ],
  })
  const credentials = { key: sshd.key, passphrase: null, password: null, agent: null }
  const own = { port: sshd.port, credentials }
  const long = shell('i=0; while [ $i -lt 4000 ]; do echo 0123456789abcdef; i=$((i+1)); done')

  await t.test('a wrong key: auth', async (tt) => {
    const wrong = { ...credentials, key: newKey(tt) }
    await fails(
      tt,
      { ...own, credentials: wrong },
      { cause: 'auth', message: /tester@127.0.0.1:\d+: the host refused the login/, within: 1000 },
    )
  })
  await t.test('a wrong user: auth', async (tt) => {
    await fails(tt, { ...own, user: 'nobody-here' }, { cause: 'auth', message: /refused the login/, within: 1000 })
  })
  await t.test('a key file that is missing: auth', async (tt) => {
    await fails(
      tt,
      { ...own, credentials: { ...credentials, key: '/no/such/key' } },
      { cause: 'auth', message: /cannot be read/, within: 10 },
    )
  })
  await t.test('a network that stalls in the handshake or login: timeout', async (tt) => {
    const port = await failing(tt, sshd.port, { bytes: 1200, how: 'stall' })
    await fails(tt, { ...own, port }, { cause: 'timeout', message: /handshake|login/, within: 1000 })
  })
  await t.test('a command that hangs: timeout', async (tt) => {
    await fails(tt, own, { cause: 'timeout', message: /within 2 s/, within: 2000 }, threadOf(tt, { plugins: [shell('sleep 5', 30)] }))
  })
  await t.test('a network that stalls in the answer: timeout, and died where it does not come back', async (tt) => {
    const port = await failing(tt, sshd.port, { bytes: 9000, how: 'stall' })
    await fails(tt, { ...own, port }, { cause: 'timeout', message: /within 2 s/, within: 2000 }, threadOf(tt, { plugins: [long] }))
    const alive = { connectMs: 1000, hostMs: 5000, aliveMs: 300 }
    await fails(
      tt,
      { ...own, port, deadlines: alive },
      { cause: 'died', message: /stopped answering/, within: 2500 },
      threadOf(tt, { plugins: [long] }),
    )
  })
  await t.test('a stream that is cut: truncated', async (tt) => {
    const port = await failing(tt, sshd.port, { bytes: 9000, how: 'cut' })
    await fails(tt, { ...own, port }, { cause: 'truncated', message: /in the middle/, within: 1000 }, threadOf(tt, { plugins: [long] }))
  })
  await t.test('a reset in the middle: reset', async (tt) => {
    const port = await failing(tt, sshd.port, { bytes: 9000, how: 'reset' })
    await fails(tt, { ...own, port }, { cause: 'reset', message: /reset/, within: 1000 }, threadOf(tt, { plugins: [long] }))
  })
  await t.test('a session that is killed: truncated', async (tt) => {
    await fails(
      tt,
      own,
      { cause: 'truncated', message: /middle/, within: 1000 },
      threadOf(tt, { plugins: [shell('kill -9 $(ps -o ppid= -p $(ps -o ppid= -p $$))')] }),
    )
  })
  await t.test('a script that is killed: died', async (tt) => {
    await fails(tt, own, { cause: 'died', message: /SIGKILL|status 137/, within: 1000 }, threadOf(tt, { plugins: [shell('kill -9 $$')] }))
  })
  await t.test('output without end, in a probe or a login script: toobig', async (tt) => {
    const thread = threadOf(tt, { plugins: [shell('while :; do echo 0123456789012345678901234567890123456789; done')] })
    await fails(tt, { ...own, maxBytes: 1_000_000 }, { cause: 'toobig', message: /1000000/, within: 2000 }, thread)
    await fails(tt, { ...own, user: 'printer', maxBytes: 1_000_000 }, { cause: 'toobig', message: /1000000/, within: 2000 })
  })
  await t.test('a login shell that is none: shell', async (tt) => {
    await fails(tt, { ...own, user: 'locked' }, { cause: 'shell', message: /did not run sh \(status 1\).*not available/, within: 1000 })
  })
  await t.test('a login shell that does not exist: auth, for sshd lets nobody in', async (tt) => {
    await fails(tt, { ...own, user: 'gone' }, { cause: 'auth', message: /refused/, within: 1000 })
  })
})

test('a host whose host key is another: hostkey, loudly, and nothing is asked', { skip: noSshd }, async (t) => {
  const sshd = await startSshd(t)
  const other = keyPair().public
  const thread = threadOf(t, { known: `[127.0.0.1]:${sshd.port} ${other}\n` })
  const credentials = { key: sshd.key, passphrase: null, password: null, agent: null }
  for (const client of ['ssh2'] as const)
    await fails(
      t,
      { port: sshd.port, credentials, client },
      { cause: 'hostkey', message: /HAS CHANGED.*known_hosts:1/, within: 1000 },
      thread,
    )
  assert.deepEqual(thread.newKeys, [])
})

test('hundreds of hosts that fail leave no connection and no timer behind', async (t) => {
  const port = await serve(t, () => undefined)
  const thread = threadOf(t)
  const before = timers()
  const open = connectionsSince(t)
  const own = {
    port,
    credentials: { key: newKey(t), passphrase: null, password: null, agent: null },
    deadlines: { connectMs: 500, hostMs: 600 },
  }
  // The server listens on 127.0.0.1 alone.
  const addresses = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? '127.0.0.1' : `127.0.2.${index}`))
  const all = await Promise.all(addresses.map((address) => failureOf(targetOf({ ...own, address }), thread)))
  assert.deepEqual(Object.groupBy(all, ({ cause }) => cause)['timeout']?.length, 100)
  assert.deepEqual(Object.groupBy(all, ({ cause }) => cause)['refused']?.length, 100)
  assert.deepEqual([open(), timers()], [0, before])
})
