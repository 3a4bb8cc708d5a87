import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { RunnerError } from '../../collector/errors.ts'
import { prepare } from '../../collector/job.ts'
import { startLocal, type LocalLimits } from '../../collector/local-runner.ts'
import { variablesIn } from '../../conf/secrets.ts'
import basic from '../../plugins/builtin/basic.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Plugin } from '../../plugins/define.ts'
import { pluginOf } from './plugins.ts'
import { scratch } from './scratch.ts'

const ROOT = process.getuid?.() === 0

async function run(plugins: readonly Plugin[], limits: LocalLimits = {}) {
  const started = performance.now()
  const capture = await startLocal(limits)(prepare(plugins))
  return { capture, ms: performance.now() - started }
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['-c', ':']).error === undefined
}

for (const [program, ...args] of [['sh'], ['dash'], ['bash'], ['ksh93'], ['mksh'], ['busybox', 'sh']] as const) {
  const skip = spawnSync(program, [...args, '-c', ':']).error !== undefined && `${program} is not installed`
  test(`${[program, ...args].join(' ')} gives a complete capture of this machine`, { skip }, async () => {
    const { capture } = await run([basic], { shell: [program, ...args, '-s'] })
    assert.equal(capture.complete, true)
    const section = evaluate(basic, capture)
    assert.equal(section.status, 'ok')
    assert.equal(section.data['hostname'], execFileSync('uname', ['-n'], { encoding: 'utf8' }).trim())
  })
}

test('what a script starts sees neither the settings in the environment, nor secrets that they refer to', async () => {
  const secrets = {
    ROLLCALL_API__TOKEN: 'a',
    NOTIFY_SOCKET: 'b',
    WATCHDOG_USEC: 'c',
    CREDENTIALS_DIRECTORY: 'd',
    MY_TOKEN: 'e',
    STAYS: 'f',
  }
  Object.assign(process.env, secrets)
  const names = variablesIn({ api: { token: 'env:MY_TOKEN' }, ssh: { password: 'env:x; echo y' } })
  const { capture } = await run([pluginOf('environment', { exec: ['env'] })], { hidden: () => names })
  for (const name of Object.keys(secrets)) delete process.env[name]
  const seen = capture.probes['environment']?.stdout.split('\n') ?? []
  const seenNames = seen.map((line) => line.split('=')[0])
  assert.deepEqual(
    Object.keys(secrets).filter((name) => seenNames.includes(name)),
    ['STAYS'],
  )
})

test('a program that hangs for ever times out, and what comes after it is still asked', async () => {
  const hanging = pluginOf('hanging', { sh: 'sleep 1000', timeoutSeconds: 1 })
  const after = pluginOf('last', { exec: ['echo', 'still here'], timeoutSeconds: 2 })
  const { capture, ms } = await run([hanging, after])
  assert.equal(evaluate(hanging, capture).status, 'timeout')
  assert.deepEqual(evaluate(after, capture).status, 'ok')
  assert.ok(ms < 6000, `${ms} ms`)
})

test('a program that leaves a process behind does not hold up the run, and the process is ended', async () => {
  const daemon = pluginOf('daemon', { sh: 'sleep 987 & echo started' })
  const { capture, ms } = await run([daemon])
  assert.equal(evaluate(daemon, capture).status, 'ok')
  assert.ok(ms < 3000, `${ms} ms`)
  // It has been sent its signal; the kernel takes a moment to see it off.
  for (let tries = 0; tries < 20 && isRunning('sleep.987'); tries += 1) await sleep(50)
  assert.equal(isRunning('sleep.987'), false)
})

test('garbage on stdout and stderr stays within its own probe', async () => {
  const garbage = pluginOf('garbage', { sh: 'head -c 300000 /dev/urandom; head -c 300000 /dev/urandom >&2; printf "\\n@@deadbeef END\\n"' })
  const after = pluginOf('after', { exec: ['echo', 'clean'] })
  const { capture } = await run([garbage, after])
  assert.equal(capture.complete, true)
  assert.deepEqual(evaluate(after, capture).status, 'ok')
})

test('100 MB of output is truncated, and costs no other section', async () => {
  const big = pluginOf('big', { sh: 'head -c 100000000 /dev/zero' })
  const after = pluginOf('after', { exec: ['echo', 'clean'], timeoutSeconds: 11 })
  const { capture } = await run([big, after])
  assert.equal(evaluate(big, capture).status, 'truncated')
  assert.equal(evaluate(after, capture).status, 'ok')
})

test('an endless printer is read slowly until its own time limit ends it', async () => {
  const endless = pluginOf('endless', { sh: 'while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done', timeoutSeconds: 1 })
  const after = pluginOf('after', { exec: ['echo', 'clean'], timeoutSeconds: 2 })
  const { capture } = await run([endless, after], { floodBytes: 1_000_000 })
  assert.match(evaluate(endless, capture).status, /^(timeout|truncated)$/)
  assert.equal(evaluate(after, capture).status, 'ok')
})

test('a program that fails half-way is failed, not half a section', async () => {
  const failing = pluginOf('failing', { sh: 'echo first; echo "disk on fire" >&2; exit 3' })
  const { capture } = await run([failing])
  assert.deepEqual(evaluate(failing, capture), { status: 'failed', reason: 'probe ended with 3: disk on fire' })
})

test('a shell that is killed half-way yields the finished probes, and the rest is truncated', async () => {
  const first = pluginOf('first', { exec: ['echo', 'done'], timeoutSeconds: 3 })
  const murder = pluginOf('murder', { sh: 'kill -9 $$', timeoutSeconds: 4 })
  const last = pluginOf('last', { exec: ['echo', 'never'], timeoutSeconds: 5 })
  const { capture } = await run([first, murder, last])
  assert.equal(capture.complete, false)
  assert.equal(evaluate(first, capture).status, 'ok')
  assert.equal(evaluate(murder, capture).status, 'truncated')
  assert.equal(evaluate(last, capture).status, 'truncated')
})

test('the deadline ends the script with all its children', async () => {
  const { capture, ms } = await run([pluginOf('slow', { sh: 'sleep 986', timeoutSeconds: 100 })], { deadlineMs: 400 })
  assert.equal(capture.complete, false)
  assert.ok(ms < 2000, `${ms} ms`)
  assert.equal(spawnSync('grep', ['-las', 'sleep.986', ...processFiles()]).stdout.toString(), '')
})

test('an abort ends the run at once', async () => {
  const slow = pluginOf('slow', { sh: 'sleep 985', timeoutSeconds: 100 })
  const { capture, ms } = await run([slow], { signal: AbortSignal.timeout(300) })
  assert.equal(evaluate(slow, capture).status, 'truncated')
  assert.ok(ms < 2000, `${ms} ms`)
})

test('a machine without a shell is an error that says so', async () => {
  await assert.rejects(run([basic], { shell: ['/nonexistent/sh', '-s'] }), RunnerError)
})

test('a shell that never got a script keeps no process alive', () => {
  const code = `import { startLocal } from '${new URL('../../collector/local-runner.ts', import.meta.url).href}'; startLocal()`
  assert.equal(spawnSync(process.execPath, ['--input-type=module', '-e', code], { timeout: 10_000 }).status, 0)
})

test(
  'as an ordinary user, what needs root is denied and the rest comes',
  { skip: !(ROOT && isInstalled('setpriv')) && 'needs root' },
  async () => {
    const secret = pluginOf('secret', { file: '/etc/shadow', root: true })
    const shell = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-s'] as const
    const { capture } = await run([basic, secret], { shell })
    assert.equal(evaluate(secret, capture).status, 'denied')
    assert.equal(evaluate(basic, capture).status, 'ok')
  },
)

test(
  'a chroot with nothing but BusyBox answers',
  { skip: !(ROOT && existsSync('/bin/busybox')) && 'needs root and busybox-static' },
  async (t) => {
    const folder = scratch(t)
    for (const name of ['bin', 'proc', 'sys', 'dev', 'etc']) mkdirSync(join(folder, name))
    copyFileSync('/bin/busybox', join(folder, 'bin/busybox'))
    chmodSync(join(folder, 'bin/busybox'), 0o755)
    for (const applet of ['sh', 'cat', 'grep', 'ls', 'sleep', 'id', 'uname', 'tr', 'readlink'])
      symlinkSync('busybox', join(folder, 'bin', applet))
    const { capture } = await run([basic], { shell: ['chroot', folder, '/bin/sh', '-s'] })
    assert.equal(capture.complete, true)
    assert.equal(capture.probes['uname-fields']?.exit, 0)
    assert.equal(evaluate(basic, capture).status, 'ok')
  },
)

/** Whether some process has words like these in its command line. */
function isRunning(words: string): boolean {
  return spawnSync('grep', ['-las', words, ...processFiles()]).stdout.length > 0
}

/** Command lines of all processes. */
function processFiles(): string[] {
  return execFileSync('sh', ['-c', 'ls -d /proc/[0-9]*/cmdline 2>/dev/null || :'], { encoding: 'utf8' }).trim().split('\n')
}
