import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { scratch } from '../collector/scratch.ts'
import { makeWorld, NO_WORLD } from '../machine/world.ts'
import { cronHost, isInstalled, until } from './cron-host.ts'
import { rollcall, rollcallJson } from './rollcall.ts'

const NO_CURL = !isInstalled('curl') && 'needs curl'
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
/** The agent runs from this folder. */
const NO_NOBODY =
  spawnSync('setpriv', [...NOBODY.slice(1), process.execPath, '-e', `fs.accessSync(${JSON.stringify(import.meta.filename)})`]).status !==
    0 && 'nobody may not read this folder: clone it where everybody may'
const SHELLS = [['dash'], ['busybox', 'ash'], ['bash'], ['ksh']] as const
const SH = ['sh']

for (const [who, as, skip] of [
  ['root', [], NO_CURL || NO_WORLD],
  ['nobody', NOBODY, NO_CURL || NO_WORLD || NO_NOBODY],
] as const) {
  test(`as ${who}, every shell gives the asset and the sections that an agent gives`, { skip }, async (t) => {
    const { enter, freeze } = makeWorld(t)
    freeze(scratch(t))
    const host = await cronHost(t, { enter, as })
    let first: Awaited<ReturnType<typeof host.register>> | undefined
    for (const shell of SHELLS) {
      assert.ok(isInstalled(shell[0]), `needs ${shell[0]}`)
      // Where a shell brings a date of its own, that knows no milliseconds.
      await setTimeout(1000 - (Date.now() % 1000))
      const { status, stdout, stderr } = await host.run(shell)
      assert.deepEqual([status, stderr], [0, ''], shell.join(' '))
      assert.match(stdout, first === undefined ? /^\S+: created/ : /^\S+: unchanged/, shell.join(' '))
      first ??= await host.register()
      assert.deepEqual(await host.register(), first, shell.join(' '))
    }
    assert.deepEqual(
      Object.entries(first!.sections).filter(([, section]) => !/^(?:ok|absent|denied) /.test(section)),
      [],
    )
    const pinned = readFileSync(join(host.home, 'cert'), 'utf8')
    assert.match(pinned, new RegExp(`^\\S+\\ncert: \\S{32,36}\\nasset: ${first!.assetId}\\n$`))
    assert.equal(statSync(join(host.home, 'cert')).mode & 0o777, 0o644)

    const env = { ROLLCALL_API__URL: host.url, ROLLCALL_API__TOKEN: 'env:TOKEN', TOKEN: await host.token('collector') }
    const agent = { data: host.home, cwd: '/', env, under: [...enter, ...as] }
    const { receipts } = await rollcallJson<{ receipts: { outcome: string; matchedBy: string }[] }>(['collect', '--post', '--json'], agent)
    assert.deepEqual([receipts.length, receipts[0]!.outcome, receipts[0]!.matchedBy], [1, 'unchanged', 'cert'])
    assert.deepEqual(await host.register(), first)
    assert.ok(readFileSync(join(host.home, 'cert'), 'utf8').startsWith(pinned), 'the agent goes on with the same cert')
    // And back again: the count goes on, although the shell knows the time to the second only.
    assert.match((await host.run(['dash'])).stdout, /: unchanged/)
    assert.deepEqual(readdirSync(host.temporary), [])
  })
}

test('the token stands on no command line and in no environment', { skip: NO_CURL }, async (t) => {
  const host = await cronHost(t, { args: ['--plugin', 'basic'] })
  const [folder, seen] = [scratch(t), join(scratch(t), 'seen')]
  const spy = `#!/bin/sh
{ printf '%s\\n' "$@"; env; } >>${seen}
PATH=\${PATH#*:}
exec curl "$@"
`
  writeFileSync(join(folder, 'curl'), spy, { mode: 0o755 })
  // A variable that was exported stays exported, unless it is unset.
  const env = { PATH: `${folder}:${process.env['PATH']}`, token: 'x', nonce: 'x' }
  // And a number that begins with 0 is no octal one.
  const { status, stderr } = await host.run(['dash', '-a'], ['08'], env)
  assert.equal(status, 0, stderr)
  const secret = readFileSync(host.tokenFile, 'utf8').trim()
  assert.match(readFileSync(seen, 'utf8'), /--config\n-\n/)
  assert.doesNotMatch(readFileSync(seen, 'utf8'), new RegExp(`${secret.split('.')[1]}|^nonce=`, 'm'))
})

test('what is wrong here is told before anything is collected', { skip: NO_CURL }, async (t) => {
  const host = await cronHost(t, { args: ['--plugin', 'basic'] })
  const token = readFileSync(host.tokenFile, 'utf8')
  const cert = join(host.home, 'cert')
  const cases: readonly (readonly [what: () => void, mend: () => void, said: RegExp])[] = [
    [() => chmodSync(host.tokenFile, 0o644), () => chmodSync(host.tokenFile, 0o600), /token can be read by everybody.*chmod 600/],
    [() => writeFileSync(host.tokenFile, 'a "token"\n'), () => writeFileSync(host.tokenFile, token), /holds no token/],
    [() => writeFileSync(host.tokenFile, ''), () => writeFileSync(host.tokenFile, token), /or is empty/],
    [() => writeFileSync(cert, 'cert: abc\n'), () => writeFileSync(cert, ''), /cert does not hold a host's name/],
    [() => writeFileSync(cert, 'web-01\nhello\n'), () => writeFileSync(cert, ''), /cert: expected .* found: hello/],
  ]
  for (const [breakIt, mend, said] of cases) {
    breakIt()
    const { status, stdout, stderr } = await host.run(SH)
    mend()
    assert.deepEqual([status, stdout], [2, ''], stderr)
    assert.match(stderr, said)
  }
  assert.equal((await host.run(SH, ['soon'])).status, 2)
  assert.equal((await host.run(SH)).status, 0)
  assert.deepEqual(readdirSync(host.temporary), [])
})

test('a name that was assigned before is the one that is posted', { skip: NO_CURL }, async (t) => {
  const host = await cronHost(t, { args: ['--plugin', 'basic'] })
  // As an editor on Windows leaves it.
  writeFileSync(join(host.home, 'cert'), 'rack 12 $(id) `id`\r\n')
  const { stdout, stderr } = await host.run(['dash'])
  assert.deepEqual([stdout, stderr], ['rack 12 $(id) `id`: created\n', ''])
  assert.match(readFileSync(join(host.home, 'cert'), 'utf8'), /^rack 12 \$\(id\) `id`\ncert: \S+\nasset: \S+\n$/)
})

test('what the API refuses is told in its words, and an API that is not there is exit status 3', { skip: NO_CURL }, async (t) => {
  const host = await cronHost(t, { args: ['--plugin', 'basic'] })
  writeFileSync(host.tokenFile, `${await host.token('reader')}\n`)
  const refused = await host.run(SH)
  assert.equal(refused.status, 1)
  assert.match(
    refused.stderr,
    /^rollcall: the API answered 403: a token with the role reader may not do this; it needs capture or collector$/m,
  )
  writeFileSync(host.script, readFileSync(host.script, 'utf8').replace(`url=${host.url}`, 'url=http://127.0.0.1:1'))
  const away = await host.run(SH)
  assert.equal(away.status, 3)
  assert.match(away.stderr, /curl: \(7\)[^]*rollcall: http:\/\/127\.0\.0\.1:1\/api\/v1\/captures could not be reached/)
  assert.deepEqual(readdirSync(host.temporary), [])
})

/** Beside the settings: a program that floods, one that hangs. */
const PLUGIN = (name: string, sh: string, seconds: number) => `import { definePlugin, need, section, text } from 'rollcall/plugin'
export default definePlugin({ name: '${name}', version: 1, summary: 'For tests.', probes: { ${name}: { sh: '${sh}', timeoutSeconds: ${seconds} } },
  schema: section({ said: text('What it said.', 'test') }), keys: {}, volatile: [], parse: (answers) => ({ said: need(answers['${name}']) }) })
`

test('a program that floods fills no disk, and costs no section but its own and later ones', { skip: NO_CURL }, async (t) => {
  const settings = {
    'rollcall.config.json': '{ "plugins": ["basic", "user", "./flood.ts"] }',
    'flood.ts': PLUGIN('flood', 'exec yes 0123456789012345678901234567890', 11),
  }
  const host = await cronHost(t, { settings })
  let most = 0
  const child = host.start(['dash'])
  const watch = setInterval(() => {
    most = Math.max(most, parseInt(spawnSync('du', ['-sk', host.temporary], { encoding: 'utf8' }).stdout, 10) || 0)
  }, 500)
  await once(child, 'close')
  clearInterval(watch)
  assert.equal(child.exitCode, 0)
  assert.ok(most > 5000 && most < 16_000, `${most} KB`)
  const { sections } = await host.register()
  assert.match(sections['basic']!, /^ok/)
  assert.match(sections['user']!, /^ok/)
  assert.match(sections['flood']!, /^truncated/)
})

test('ended by a signal while it waits or asks, it leaves no folder and no process', { skip: NO_CURL }, async (t) => {
  const settings = {
    'rollcall.config.json': '{ "plugins": ["basic", "./slow.ts"] }',
    'slow.ts': PLUGIN('slow', 'exec sleep 86399', 60),
  }
  const host = await cronHost(t, { settings })
  for (const shell of SHELLS) {
    for (const args of [['999999'], []]) {
      const child = host.start(shell, args)
      await until(() => (args.length > 0 ? pgrep('-P', String(child.pid)) : pgrep('-fx', 'sleep 86399')))
      child.kill('SIGTERM')
      await once(child, 'close')
      assert.notEqual(child.exitCode, 0, shell.join(' '))
      assert.deepEqual(readdirSync(host.temporary), [], shell.join(' '))
    }
  }
  await until(() => !pgrep('-fx', 'sleep 86399'))
})

/** Whether there is such a process. */
function pgrep(...args: readonly string[]): boolean {
  return spawnSync('pgrep', args).status === 0
}

test('a script that arrives cut short does nothing', { skip: NO_CURL }, async (t) => {
  const host = await cronHost(t, { args: ['--plugin', 'basic'] })
  const lines = readFileSync(host.script, 'utf8').trimEnd().split('\n')
  for (let count = 1; count < lines.length; count += 23) {
    writeFileSync(host.script, `${lines.slice(0, count).join('\n')}\n`)
    await host.run(['dash'])
  }
  assert.equal(existsSync(join(host.home, 'cert')), false)
  assert.deepEqual(readdirSync(host.temporary), [])
})

test('rollcall script --post takes only what can stand in a shell script as it is', async (t) => {
  const data = scratch(t)
  const wrong = [
    [],
    ['--url', 'cmdb.example'],
    ['--url', 'http://cmdb.example/$(id)'],
    ['--url', "http://cmdb.example/';id;'"],
    ['--url', 'http://cmdb.example', '--token-file', 'token'],
    ['--url', 'http://cmdb.example', '--token-file', '/etc/my token'],
    ['--url', 'http://cmdb.example', '--ca', '/etc/$ca'],
    ['--url', 'http://cmdb.example', '--jitter', '1; id'],
    ['--url', 'http://cmdb.example', '--become'],
  ]
  const statuses = await Promise.all(wrong.map(async (args) => (await rollcall(['script', '--post', ...args], { data })).status))
  assert.deepEqual(
    wrong.filter((_, at) => statuses[at] !== 2),
    [],
  )
  const { stdout } = await rollcall(['script', '--post', '--url', 'https://[2001:db8::1]:8700/cmdb/', '--ca', '/etc/ca.pem'], { data })
  assert.match(stdout, /^ {2}url=https:\/\/\[2001:db8::1\]:8700\/cmdb\/api\/v1\/captures\n[^]*^ {2}ca=\/etc\/ca\.pem$/m)
})

test('what asks and what posts share one shell, and no name of a variable or function but PATH and LC_ALL', async (t) => {
  const { stdout } = await rollcall(['script', '--post', '--url', 'http://cmdb.example'], { data: scratch(t) })
  const [asks, posts] = stdout
    .replaceAll(/^\s*#.*$/gm, '')
    .split('post_settings() {')
    .map(
      (text) =>
        new Set(
          [...text.matchAll(/(?<=^|[\s;{(])(?:([a-z_]\w*)(?==|\(\))|for (\w+) in|read -r ([a-z_ ]+))/gim)].flatMap(([, set, each, read]) =>
            (set ?? each ?? read)!.split(' '),
          ),
        ),
    ) as [Set<string>, Set<string>]
  assert.ok(asks.has('h') && asks.has('rollcall') && posts.has('token') && posts.has('main'), 'the test reads the script rightly')
  assert.deepEqual([...asks.intersection(posts)].filter((name) => name !== '').toSorted(), ['LC_ALL', 'PATH'])
})
