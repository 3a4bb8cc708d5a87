import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Target } from '../../../collector/ssh/target.ts'
import { noDropbear, startDropbear } from '../../dropbear.ts'
import { FIRST_ID, MOST_LOGINS, noSshd, startSshd, type Login } from '../../sshd.ts'
import { scratch } from '../scratch.ts'
import { answerOf, targetOf, threadOf } from './targets.ts'

/** A probe that does not end has ten minutes; the clock of the script ticks once a second. */
const SOON_MS = 60_000

const LOGINS: readonly Login[] = [
  { user: 'tester' },
  { user: 'bash', shell: '/bin/bash' },
  { user: 'csh', shell: '/bin/csh' },
  { user: 'fish', shell: '/usr/bin/fish' },
  { user: 'free', sudo: 'ALL=(ALL) NOPASSWD: ALL' },
  // As Debian 13 and Fedora have it: sudo opens a session of its own.
  { user: 'pty', sudo: 'ALL=(ALL) NOPASSWD: ALL\nDefaults:pty use_pty' },
  { user: 'asked', password: 'open sesame', sudo: 'ALL=(ALL) ALL' },
]

test('the host is left as it was', { skip: noSshd }, async (t) => {
  const sshd = await startSshd(t, { logins: LOGINS })
  const secret = join(scratch(t), 'password')
  writeFileSync(secret, 'open sesame', { mode: 0o600 })
  const own = { port: sshd.port, credentials: { key: sshd.key, passphrase: null, password: null, agent: null } }
  const whole = async (): Promise<boolean> => {
    const sudo = { become: 'sudo', sudoPassword: `file:${secret}` } as const
    for (const more of [{}, { user: 'asked', ...sudo }]) assert.equal(await answerOf(targetOf({ ...own, ...more }), threadOf(t)), 'fine')
    return true
  }
  // What logging in itself leaves: fish keeps a configuration of its own.
  for (const { user } of LOGINS) await answerOf(targetOf({ ...own, user }), threadOf(t))
  const before = filesOf(sshd.folder)

  await t.test('by a run', async () => {
    assert.ok(await whole())
    await ended(sshd.started())
    assert.deepEqual(filesOf(sshd.folder), before)
  })

  const cases: readonly (Partial<Target> & { readonly user: string })[] = [
    ...LOGINS.slice(0, 4).map(({ user }) => ({ user })),
    { user: 'tester', client: 'openssh' },
    { user: 'free', become: 'sudo' },
    { user: 'pty', become: 'sudo' },
    { user: 'asked', become: 'sudo', sudoPassword: `file:${secret}` },
    { user: 'tester', via: [targetOf({ ...own, user: 'bash' })] },
  ]
  for (const one of cases) {
    const name = `by a collector that is killed: ${one.user}${one.become ? ', sudo' : ''}${one.client ? ', openssh' : ''}${one.via ? ', gateway' : ''}`
    await t.test(name, async (tt) => {
      await kill(tt, { ...own, ...one }, sshd.started)
      assert.deepEqual([sshd.processes(), filesOf(sshd.folder)], [[], before])
    })
  }
})

test('nothing goes on by a collector that is killed: Dropbear', { skip: noDropbear }, async (t) => {
  const { port, key, started } = await startDropbear(t)
  const credentials = { key, passphrase: null, password: null, agent: null }
  for (const client of ['ssh2', 'openssh'] as const)
    await t.test(client, async (tt) => await kill(tt, { port, credentials, client }, started))
})

/** Kills a collector while its host is busy, and waits until all that was started for it has ended. */
async function kill(t: TestContext, target: Partial<Target>, running: () => readonly number[]): Promise<void> {
  const env = { ...process.env, ROLLCALL_TEST_TARGET: JSON.stringify(target) }
  const collector = spawn(process.execPath, [join(import.meta.dirname, 'hanging.ts')], { stdio: 'ignore', env })
  const started = await until(() => {
    const all = running()
    return all.some((pid) => commandOf(pid) === 'sleep 1000') && all
  })
  collector.kill('SIGKILL')
  const begun = performance.now()
  await ended(started)
  t.diagnostic(`after ${Math.round(performance.now() - begun)} ms`)
}

async function until<T>(state: () => T | false): Promise<T> {
  const begun = performance.now()
  for (;;) {
    const is = state()
    if (is !== false) return is
    assert.ok(performance.now() - begun < SOON_MS, 'it did not come to pass')
    await setTimeout(50)
  }
}

async function ended(pids: readonly number[]): Promise<void> {
  await until(() => pids.every((pid) => !existsSync(`/proc/${pid}`)))
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/** All that lies in the homes, and what logins own elsewhere, where anybody may write. */
function filesOf(folder: string): string[] {
  const ours = ['-uid', `+${FIRST_ID - 1}`, '-uid', `-${FIRST_ID + MOST_LOGINS}`]
  const elsewhere = ['/tmp', '/var/tmp', '/dev/shm', '/run', ...ours, '-not', '-path', `${folder}/*`]
  return [...found(join(folder, 'home')), ...found(...elsewhere)].toSorted()
}

function found(...where: readonly string[]): string[] {
  const script = 'find "$@" -printf "%p %s %m %T@\\n" 2>/dev/null || :'
  return execFileSync('sh', ['-c', script, 'find', ...where], { encoding: 'utf8' }).split('\n')
}
