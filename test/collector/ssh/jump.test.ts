import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { CredentialRefs, Endpoint } from '../../../collector/ssh/target.ts'
import { noSshd, startSshd } from '../../sshd.ts'
import { serve } from './broken.ts'
import { answerOf, connectionsSince, failureOf, shell, targetOf, threadOf } from './targets.ts'
import { keyPair } from '../../ssh-keys.ts'

const other = keyPair().public

function credentials(key: string): CredentialRefs {
  return { key, passphrase: null, password: null, agent: null }
}

test('hosts behind gateways', { skip: noSshd }, async (t) => {
  const gateway = await startSshd(t, { logins: [{ user: 'jump' }] })
  const inner = await startSshd(t, { logins: [{ user: 'tester' }, { user: 'second' }] })
  const endpoint = (own: Partial<Endpoint>): Endpoint =>
    targetOf({ port: gateway.port, user: 'jump', credentials: credentials(gateway.key), ...own })
  const behind = targetOf({ address: '127.0.0.9', port: inner.port, credentials: credentials(inner.key), via: [endpoint({})] })
  const through = (own: Partial<Endpoint>) => ({ ...behind, via: [endpoint(own)] })
  const hop = shell('echo "$SSH_CONNECTION" | cut -d" " -f3')

  await t.test('through one, with a key of its own; both host keys are checked and kept', async (tt) => {
    const thread = threadOf(tt, { plugins: [hop] })
    assert.equal(await answerOf(behind, thread), '127.0.0.9')
    assert.deepEqual(
      thread.newKeys.map((line) => line.split(' ')[0]),
      [`[127.0.0.1]:${gateway.port}`, `[127.0.0.9]:${inner.port}`],
    )
  })
  await t.test('by the system ssh too', async (tt) => {
    assert.equal(await answerOf({ ...behind, client: 'openssh' }, threadOf(tt, { plugins: [hop] })), '127.0.0.9')
    const chain = [endpoint({}), endpoint({ address: '127.0.0.8', port: inner.port, user: 'second', credentials: credentials(inner.key) })]
    assert.equal(await answerOf({ ...behind, via: chain, client: 'openssh' }, threadOf(tt, { plugins: [hop] })), '127.0.0.9')
    const named = { ...behind, alias: 'web-of-the-config', via: [endpoint({ alias: 'gate-of-the-config' })] }
    assert.equal(await answerOf({ ...named, client: 'openssh' }, threadOf(tt, { plugins: [hop] })), '127.0.0.9')
  })
  await t.test('through a chain', async (tt) => {
    const chain = [endpoint({}), endpoint({ address: '127.0.0.8', port: inner.port, user: 'second', credentials: credentials(inner.key) })]
    const thread = threadOf(tt, { plugins: [hop] })
    assert.equal(await answerOf({ ...behind, via: chain }, thread), '127.0.0.9')
    assert.equal(thread.newKeys.length, 3)
  })
  await t.test('thirty hosts share one connection to their gateway', async (tt) => {
    const open = connectionsSince(tt)
    const thread = threadOf(tt)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => answerOf({ ...behind, address: `127.0.0.${index + 20}` }, thread)),
    )
    assert.deepEqual([...new Set(answers), open()], ['fine', 1])
    await thread.gateways.close()
    assert.equal(open(), 0)
  })
  await t.test('a gateway that refuses us is asked once, however many hosts are behind it', async (tt) => {
    const open = connectionsSince(tt)
    const thread = threadOf(tt)
    const wrong = { ...behind, via: [endpoint({ credentials: credentials(inner.key) })] }
    for (let round = 0; round < 3; round += 1) {
      const { cause, message } = await failureOf(wrong, thread)
      assert.deepEqual([cause, message.startsWith('gateway jump@')], ['auth', true], message)
    }
    assert.equal(open(), 0)
  })
  await t.test('a gateway that must be known is not connected to while it is not, by either client', async (tt) => {
    for (const client of ['ssh2', 'openssh'] as const) {
      const thread = threadOf(tt)
      const { cause, message } = await failureOf({ ...behind, client, via: [endpoint({ hostKeys: 'strict' })] }, thread)
      assert.deepEqual([cause, thread.newKeys, message.startsWith('gateway jump@')], ['newkey', [], true], message)
    }
  })
  await t.test('what is trusted, or logged in with, for one host holds for no other behind the same gateway', async (tt) => {
    const thread = threadOf(tt)
    assert.equal(await answerOf(through({ hostKeys: 'off' }), thread), 'fine')
    const others = [
      { hostKeys: 'strict' as const },
      { credentials: credentials(inner.key) },
      { hostKeyAlias: 'gate', hostKeys: 'strict' as const },
    ]
    const causes = []
    for (const own of others) causes.push((await failureOf(through(own), thread)).cause)
    assert.deepEqual(causes, ['newkey', 'auth', 'newkey'])
  })
  await t.test('a gateway whose key has changed, and a host behind one: hostkey', async (tt) => {
    for (const [name, told] of [
      [`[127.0.0.1]:${gateway.port}`, /gateway jump@.*CHANGED|CHANGED/],
      [`[127.0.0.9]:${inner.port}`, /CHANGED/],
    ] as const) {
      const { cause, message } = await failureOf(behind, threadOf(tt, { known: `${name} ${other}\n` }))
      assert.equal(cause, 'hostkey')
      assert.match(message, told)
    }
  })
  await t.test("the system's ssh: which end failed is told, and what it said of it", async (tt) => {
    const thread = threadOf(tt)
    const told = async (own: Partial<Endpoint>, more = {}) => await failureOf({ ...through(own), client: 'openssh', ...more }, thread)
    const refused = await told({ port: 1 })
    assert.deepEqual(
      [refused.cause, /^gateway jump@127\.0\.0\.1:1: .*Connection refused$/.test(refused.message)],
      ['refused', true],
      refused.message,
    )
    const barred = await told({ credentials: credentials(inner.key) })
    assert.deepEqual([barred.cause, /^gateway jump@.*Permission denied/.test(barred.message)], ['auth', true], barred.message)
    const behindIt = await told({}, { port: 1 })
    assert.deepEqual(
      [behindIt.cause, /^tester@127\.0\.0\.9:1: .*Connection refused/.test(behindIt.message)],
      ['refused', true],
      behindIt.message,
    )
    const [file] = thread.knownHostsFiles
    writeFileSync(file!, `[127.0.0.9]:${inner.port} ${other}\n`)
    const changed = await told({})
    assert.equal(changed.cause, 'hostkey')
    assert.match(changed.message, /^tester@127\.0\.0\.9:\d+: .*HAS CHANGED.*; Offending .* key in .*known_hosts:1$/)
  })
  await t.test('a host that is not there, silent, or unknown to the gateway', async (tt) => {
    const silent = await serve(tt, () => undefined)
    const thread = threadOf(tt)
    const deadlines = { connectMs: 1000, hostMs: 2000 }
    const failures = [{ port: 1 }, { address: '127.0.0.1', port: silent }, { address: 'no-such-host.invalid' }].map((own) =>
      failureOf({ ...behind, deadlines, ...own }, thread),
    )
    assert.deepEqual(
      (await Promise.all(failures)).map(({ cause }) => cause),
      ['refused', 'timeout', 'dns'],
    )
  })
  await t.test('a gateway that dies: its hosts fail at once, the next ones connect anew', async (tt) => {
    const thread = threadOf(tt, { plugins: [shell('sleep 2; echo fine')] })
    const asked = failureOf(behind, thread)
    await new Promise((resolve) => setTimeout(resolve, 700))
    gateway.killSessions()
    const { cause, ms } = await asked
    assert.ok(['truncated', 'reset'].includes(cause), cause)
    assert.ok(ms < 1500)
    assert.equal(await answerOf(behind, thread), 'fine')
  })
})
