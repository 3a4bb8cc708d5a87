import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Section } from '../../cmdb-api/contract.ts'
import { rollcall, rollcallJson, serve } from '../cli/rollcall.ts'
import { scratch } from '../collector/scratch.ts'
import { makeWorld, NO_WORLD } from './world.ts'

const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'].find((file) => existsSync(file))
const NO_BUSYBOX =
  NO_WORLD ||
  (BUSYBOX === undefined && 'needs BusyBox: apt-get install busybox-static') ||
  (spawnSync('sh', ['-c', `ldd ${BUSYBOX} 2>&1`], { encoding: 'utf8' }).stdout.includes('=>') &&
    'needs a BusyBox without libraries: busybox-static')

const NO_CURL = spawnSync('curl', ['--version']).status !== 0 && 'needs curl'

type Sections = Readonly<Record<string, Section>>

test('a host of BusyBox alone gives every section that it can', { skip: NO_BUSYBOX }, async (t) => {
  const sections = await collectIn(makeHost(t, furnish))
  for (const [name, { status, reason }] of Object.entries(sections)) assert.match(status, /^(ok|absent)$/, `${name}: ${reason}`)
  const ok = Object.keys(sections).filter((name) => sections[name]!.status === 'ok')
  assert.deepEqual(
    ['basic', 'cpu', 'memory', 'disk', 'filesystem', 'nic', 'port', 'user', 'pci'].filter((name) => !ok.includes(name)),
    [],
  )
  const data = (name: string) => sections[name]!.data as Readonly<Record<string, unknown>>
  assert.equal(data('basic')['osId'], 'buildroot')
  const lo = (data('nic')['interfaces'] as { name: string; ipv4: string[] }[]).find(({ name }) => name === 'lo')
  assert.deepEqual(lo?.ipv4, ['127.0.0.1/8'])
})

test('a host of BusyBox without /proc and /sys is absent for the most part, and nothing fails', { skip: NO_BUSYBOX }, async (t) => {
  const sections = await collectIn(makeHost(t, () => undefined))
  for (const [name, { status, reason }] of Object.entries(sections)) assert.match(status, /^(ok|absent)$/, `${name}: ${reason}`)
  assert.equal(sections['basic']?.status, 'ok')
})

test('a host of BusyBox and curl alone posts by cron what it gives by hand', { skip: NO_BUSYBOX || NO_CURL }, async (t) => {
  const host = makeHost(t, furnish)
  const there = { data: host.data, under: host.enter }
  const url = await serve(t, there)
  const script = await rollcall(['script', '--post', '--url', url, '--token-file', '/etc/token', '--jitter', '0'], there)
  writeFileSync(join(host.root, 'etc/rollcall-post'), script.stdout)
  const post = () => host.sh(['/etc/rollcall-post'])
  assert.deepEqual(
    [post().status, post().stderr],
    [2, 'rollcall: this host has no curl, which this script needs: install it, or collect the host over SSH\n'],
  )
  installCurl(host)
  assert.match(post().stderr, /there is no \/etc\/token: make a token with/)
  const token = await rollcall(['token', 'create', '--role', 'capture', '--name', 'cron'], there)
  writeFileSync(join(host.root, 'etc/token'), token.stdout, { mode: 0o600 })
  const { status, stdout, stderr } = post()
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /: created/)
  assert.match(readFileSync(join(host.root, 'var/lib/rollcall/cert'), 'utf8'), /^\S+\ncert: \S+\nasset: \S+\n$/)
  assert.deepEqual(readdirSync(join(host.root, 'tmp')), [])
  const [asset] = await rollcallJson<{ name: string }[]>(['assets', '--json'], there)
  const known = await rollcallJson<{ sections: Sections }>(['asset', asset!.name, '--json'], there)
  const statuses = (of: Sections) => Object.fromEntries(Object.entries(of).map(([name, section]) => [name, section.status]))
  const byHand = await collectIn(host)
  assert.deepEqual(statuses(known.sections), statuses(byHand))
  assert.deepEqual(known.sections['user']?.data, byHand['user']?.data)
})

function furnish({ root, run }: Host): void {
  run('sh', '-c', `mount --rbind /proc ${root}/proc && mount --rbind /sys ${root}/sys`)
  writeFileSync(join(root, 'etc/os-release'), 'NAME="Buildroot"\nID=buildroot\nVERSION_ID=2024.02\nPRETTY_NAME="Buildroot 2024.02"\n')
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n')
}

/** With the libraries that it needs. */
function installCurl({ root }: Host): void {
  const curl = spawnSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).stdout.trim()
  copyFileSync(curl, join(root, 'bin/curl'))
  for (const [, library] of spawnSync('sh', ['-c', `ldd ${curl}`], { encoding: 'utf8' }).stdout.matchAll(/(\/\S+) \(0x/g)) {
    mkdirSync(join(root, dirname(library!)), { recursive: true })
    copyFileSync(library!, join(root, library!))
  }
}

interface Host {
  readonly data: string
  readonly root: string
  readonly enter: readonly string[]
  readonly run: (program: string, ...args: readonly string[]) => string
  /** Runs the host's own shell, with nothing in its environment. */
  readonly sh: (args: readonly string[], input?: string) => SpawnSyncReturns<string>
}

/** A folder that holds nothing but BusyBox and what `fill` puts there. */
function makeHost(t: TestContext, fill: (host: Host) => void): Host {
  const data = scratch(t)
  const { enter, run } = makeWorld(t)
  const root = join(data, 'root')
  for (const folder of ['bin', 'proc', 'sys', 'dev', 'etc', 'tmp']) mkdirSync(join(root, folder), { recursive: true })
  copyFileSync(BUSYBOX!, join(root, 'bin/busybox'))
  chmodSync(join(root, 'bin/busybox'), 0o755)
  for (const applet of run(BUSYBOX!, '--list').trim().split('\n'))
    if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet))
  run('mknod', '-m', '666', join(root, 'dev/null'), 'c', '1', '3')
  const [nsenter, ...rest] = enter
  const sh: Host['sh'] = (args, input = '') =>
    spawnSync(nsenter!, [...rest, 'chroot', root, '/bin/env', '-i', 'PATH=/bin', '/bin/sh', ...args], {
      input,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
  const host = { data, root, enter, run, sh }
  fill(host)
  return host
}

async function collectIn({ data, sh }: Host): Promise<Sections> {
  const script = await rollcall(['script'], { data })
  const { stdout, stderr, status } = sh(['-s'], script.stdout)
  assert.equal(status, 0, stderr)
  return await rollcallJson<Sections>(['parse', '-'], { data, input: stdout })
}
