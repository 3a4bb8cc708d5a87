import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { CredentialRefs, Target } from '../../../collector/ssh/target.ts'
import { noSshd, startSshd, type Login } from '../../sshd.ts'
import { scratch } from '../scratch.ts'
import { answerOf, connectionsSince, failureOf, shell, targetOf, threadOf } from './targets.ts'

const nothing: CredentialRefs = { key: null, passphrase: null, password: null, agent: null }
const NOISE = 'echo "Welcome to $HOSTNAME"; echo "no newline at the end of stderr" >&2; printf "@@rollcall 1 0000 0"; alias cd=false\n'

test('any login shell, however noisy', { skip: noSshd }, async (t) => {
  const shells: readonly Login[] = [
    { user: 'plain' },
    { user: 'bash', shell: '/bin/bash', home: { '.bashrc': NOISE } },
    { user: 'csh', shell: '/bin/csh', home: { '.cshrc': 'echo noise\n' } },
    { user: 'fish', shell: '/usr/bin/fish', home: { '.hushlogin': '' } },
    { user: 'busy', shell: '/bin/bash', home: { '.bashrc': 'sleep 300 &\n' } },
  ]
  const sshd = await startSshd(t, { logins: shells, config: 'Banner /etc/passwd' })
  for (const client of ['ssh2', 'openssh'] as const) {
    for (const { user } of shells) {
      await t.test(`${user}, by ${client}`, async (tt) => {
        const thread = threadOf(tt, { plugins: [shell('id -un; (sleep 300 &)')] })
        const begun = performance.now()
        assert.equal(await answerOf(targetOf({ port: sshd.port, user, client, credentials: { ...nothing, key: sshd.key } }), thread), user)
        assert.ok(performance.now() - begun < 2500, 'it waited for a child that held the output open')
      })
    }
  }
})

test('sudo', { skip: noSshd }, async (t) => {
  const password = 'corréct "horse" $battery'
  const logins: readonly Login[] = [
    { user: 'asked', password, sudo: 'ALL=(ALL) ALL' },
    { user: 'free', password, sudo: 'ALL=(ALL) NOPASSWD: ALL' },
    { user: 'barred', password },
    { user: 'csh', shell: '/bin/csh', password, sudo: 'ALL=(ALL) ALL' },
    { user: 'fish', shell: '/usr/bin/fish', password, sudo: 'ALL=(ALL) ALL' },
    { user: 'locked', shell: '/usr/sbin/nologin', password, sudo: 'ALL=(ALL) ALL' },
  ]
  const sshd = await startSshd(t, { logins })
  const secrets = scratch(t)
  const secret = `file:${join(secrets, 'right')}`
  const wrong = `file:${join(secrets, 'wrong')}`
  writeFileSync(join(secrets, 'right'), password, { mode: 0o600 })
  writeFileSync(join(secrets, 'wrong'), 'wrong', { mode: 0o600 })
  const sudo = (user: string, more: Partial<Target> = {}): Target =>
    targetOf({ port: sshd.port, user, become: 'sudo', credentials: { ...nothing, key: sshd.key }, ...more })
  const seen = shell('id -u; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr "\\0" "\\n" | grep -c "[b]attery" || :')

  for (const client of ['ssh2', 'openssh'] as const) {
    for (const user of ['asked', 'free', 'csh', 'fish']) {
      await t.test(`as root for ${user}, by ${client}; no process shows the password, and no shell is told it`, async (tt) => {
        const thread = threadOf(tt, { plugins: [seen] })
        const target = sudo(user, { client, sudoPassword: secret })
        assert.equal(await answerOf(target, thread), '0\n0')
      })
    }
  }
  await t.test('without a password, where none is asked for', async (tt) => {
    assert.equal(await answerOf(sudo('free'), threadOf(tt, { plugins: [shell('id -u')] })), '0')
  })
  await t.test('one that asks, and no password: sudo', async (tt) => {
    const { cause, message } = await failureOf(sudo('asked'), threadOf(tt))
    assert.deepEqual([cause, message.includes('password is required')], ['sudo', true], message)
  })
  await t.test('a wrong password: sudo, asked once', async (tt) => {
    const { cause, message, ms } = await failureOf(sudo('asked', { sudoPassword: wrong }), threadOf(tt))
    assert.deepEqual([cause, message.includes('did not accept')], ['sudo', true], message)
    assert.ok(ms < 5000)
  })
  await t.test('a user who may not: sudo', async (tt) => {
    for (const sudoPassword of [null, secret]) {
      const { cause, message } = await failureOf(sudo('barred', { sudoPassword }), threadOf(tt))
      assert.equal(cause, 'sudo', message)
    }
  })
  await t.test('no shell at all: shell', async (tt) => {
    assert.equal((await failureOf(sudo('locked', { sudoPassword: secret }), threadOf(tt))).cause, 'shell')
  })
  await t.test('a reference to nothing: auth', async (tt) => {
    assert.equal((await failureOf(sudo('free', { sudoPassword: 'env:ROLLCALL_NO_SUCH' }), threadOf(tt))).cause, 'auth')
  })
})

test('passwords, agents and locked keys', { skip: noSshd }, async (t) => {
  const sshd = await startSshd(t, { logins: [{ user: 'tester', password: 'open sesame' }] })
  const known = `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`
  const folder = scratch(t)
  const secret = join(folder, 'secret')
  writeFileSync(secret, 'open sesame\n', { mode: 0o600 })
  const byPassword = { ...nothing, password: `file:${secret}` }

  await t.test('a password, where the host key is known', async (tt) => {
    assert.equal(await answerOf(targetOf({ port: sshd.port, credentials: byPassword }), threadOf(tt, { known })), 'fine')
  })
  for (const hostKeys of ['accept-new', 'off'] as const) {
    await t.test(
      `no password to an unknown key, even by ${hostKeys}: newkey, told with what to compare it to, and the key is not kept`,
      async (tt) => {
        const thread = threadOf(tt)
        const { cause, message } = await failureOf(targetOf({ port: sshd.port, hostKeys, credentials: byPassword }), thread)
        assert.deepEqual([cause, thread.newKeys], ['newkey', []], message)
        assert.match(message, /^tester@127\.0\.0\.1:\d+: its host key ssh-ed25519 SHA256:\S{43} is not known/)
      },
    )
  }
  await t.test('an unknown key by strict: newkey', async (tt) => {
    const { cause } = await failureOf(
      targetOf({ port: sshd.port, hostKeys: 'strict', credentials: { ...nothing, key: sshd.key } }),
      threadOf(tt),
    )
    assert.equal(cause, 'newkey')
  })
  await t.test('a wrong password is tried once', async (tt) => {
    process.env['ROLLCALL_TEST_WRONG'] = 'wrong'
    tt.after(() => delete process.env['ROLLCALL_TEST_WRONG'])
    const { cause } = await failureOf(
      targetOf({ port: sshd.port, credentials: { ...nothing, password: 'env:ROLLCALL_TEST_WRONG' } }),
      threadOf(tt, { known }),
    )
    assert.equal(cause, 'auth')
  })
  const locked = join(folder, 'locked')
  writeFileSync(locked, readFileSync(sshd.key), { mode: 0o600 })
  execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', locked])
  await t.test('a locked key, by its passphrase', async (tt) => {
    const target = targetOf({ port: sshd.port, credentials: { ...nothing, key: locked, passphrase: `file:${secret}` } })
    assert.equal(await answerOf(target, threadOf(tt)), 'fine')
    const { cause, message } = await failureOf(targetOf({ port: sshd.port, credentials: { ...nothing, key: locked } }), threadOf(tt))
    assert.deepEqual([cause, /needs its passphrase/.test(message)], ['auth', true], message)
  })
  await t.test('an agent; and one that is gone costs nothing', async (tt) => {
    const agent = join(folder, 'agent')
    const process_ = spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' })
    tt.after(() => process_.kill())
    await setTimeout(200)
    execFileSync('ssh-add', ['-q', sshd.key], { env: { ...process.env, SSH_AUTH_SOCK: agent }, stdio: 'ignore' })
    assert.equal(await answerOf(targetOf({ port: sshd.port, credentials: { ...nothing, agent } }), threadOf(tt)), 'fine')
    assert.equal(await answerOf(targetOf({ port: sshd.port, credentials: { ...nothing, key: locked, agent } }), threadOf(tt)), 'fine')
    const gone = { ...nothing, agent: '/no/such/agent', password: `file:${secret}` }
    const open = connectionsSince(tt)
    assert.equal(await answerOf(targetOf({ port: sshd.port, credentials: gone }), threadOf(tt, { known })), 'fine')
    assert.equal(open(), 0)
  })
})
