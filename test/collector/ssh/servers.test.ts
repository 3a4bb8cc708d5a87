import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Target } from '../../../collector/ssh/target.ts'
import { noDropbear, startDropbear } from '../../dropbear.ts'
import { noSshd, startSshd } from '../../sshd.ts'
import { scratch } from '../scratch.ts'
import { answerOf, failureOf, shell, targetOf, threadOf } from './targets.ts'

const CLIENTS = ['ssh2', 'openssh'] as const

function withKey(key: string, port: number): Partial<Target> {
  return { port, credentials: { key, passphrase: null, password: null, agent: null } }
}

test('a server with a post-quantum key exchange alone: protocol, which names the client that can', { skip: noSshd }, async (t) => {
  const sshd = await startSshd(t, { config: 'KexAlgorithms sntrup761x25519-sha512@openssh.com' })
  const own = withKey(sshd.key, sshd.port)
  const { cause, message } = await failureOf(targetOf(own), threadOf(t))
  assert.deepEqual([cause, /no matching key exchange algorithm.*ssh\.client to 'openssh'/.test(message)], ['protocol', true], message)
  assert.equal(await answerOf(targetOf({ ...own, client: 'openssh' }), threadOf(t)), 'fine')
})

test('a login by certificate alone, beside the key as ssh-keygen leaves it, by the system ssh', { skip: noSshd }, async (t) => {
  const folder = scratch(t)
  const [authority, key] = ['authority', 'key'].map((name) => join(folder, name))
  for (const file of [authority!, key!]) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file])
  execFileSync('ssh-keygen', ['-q', '-s', authority!, '-I', 'rollcall', '-n', 'tester', '-V', '+1h', `${key}.pub`])
  const sshd = await startSshd(t, { config: `TrustedUserCAKeys ${authority}.pub\nAuthorizedKeysFile none` })
  const own = withKey(key!, sshd.port)
  assert.equal(await answerOf(targetOf({ ...own, client: 'openssh' }), threadOf(t)), 'fine')
  assert.equal((await failureOf(targetOf(own), threadOf(t))).cause, 'auth')
  const bare = join(folder, 'bare')
  copyFileSync(key!, bare)
  assert.equal((await failureOf(targetOf({ ...withKey(bare, sshd.port), client: 'openssh' }), threadOf(t))).cause, 'auth')
})

test('Dropbear', { skip: noDropbear }, async (t) => {
  const dropbear = await startDropbear(t)
  const own = withKey(dropbear.key, dropbear.port)
  for (const client of CLIENTS) {
    await t.test(`answers whole, by ${client}`, async (tt) => {
      const thread = threadOf(tt, { plugins: [shell('i=0; while [ $i -lt 20000 ]; do echo 0123456789abcdef; i=$((i+1)); done')] })
      assert.equal((await answerOf(targetOf({ ...own, client }), thread))?.length, 20_000 * 17 - 1)
    })
    await t.test(`does not wait for a child that holds the output open, by ${client}`, async (tt) => {
      const thread = threadOf(tt, { plugins: [shell('(sleep 300 &) ; echo fine')] })
      assert.equal(await answerOf(targetOf({ ...own, client }), thread), 'fine')
    })
    await t.test(`a wrong user: auth, by ${client}`, async (tt) => {
      assert.equal((await failureOf(targetOf({ ...own, client, user: 'nobody-here' }), threadOf(tt))).cause, 'auth')
    })
  }
})

test('where there is no ssh program: protocol, and what is missing', { skip: noSshd }, async (t) => {
  const bin = join(scratch(t), 'bin')
  mkdirSync(bin)
  symlinkSync('/bin/sh', join(bin, 'sh'))
  const before = process.env['PATH']
  process.env['PATH'] = bin
  t.after(() => (process.env['PATH'] = before))
  const { cause, message } = await failureOf(targetOf({ client: 'openssh' }), threadOf(t))
  assert.deepEqual([cause, message], ['protocol', "tester@127.0.0.1: there is no ssh program here: ssh.client 'openssh' needs one"])
})
