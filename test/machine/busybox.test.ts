import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Section } from '../../cmdb-api/contract.ts'
import { rollcall, rollcallJson } from '../cli/rollcall.ts'
import { scratch } from '../collector/scratch.ts'
import { makeWorld, NO_WORLD } from './world.ts'

const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'].find((file) => existsSync(file))
const NO_BUSYBOX =
  NO_WORLD ||
  (BUSYBOX === undefined && 'needs BusyBox: apt-get install busybox-static') ||
  (spawnSync('sh', ['-c', `ldd ${BUSYBOX} 2>&1`], { encoding: 'utf8' }).stdout.includes('=>') &&
    'needs a BusyBox without libraries: busybox-static')

type Sections = Readonly<Record<string, Section>>

test('a host of BusyBox alone gives every section that it can', { skip: NO_BUSYBOX }, async (t) => {
  const sections = await collectIn(t, ({ root, run }) => {
    run('sh', '-c', `mount --rbind /proc ${root}/proc && mount --rbind /sys ${root}/sys`)
    writeFileSync(join(root, 'etc/os-release'), 'NAME="Buildroot"\nID=buildroot\nVERSION_ID=2024.02\nPRETTY_NAME="Buildroot 2024.02"\n')
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\n')
  })
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
  const sections = await collectIn(t, () => undefined)
  for (const [name, { status, reason }] of Object.entries(sections)) assert.match(status, /^(ok|absent)$/, `${name}: ${reason}`)
  assert.equal(sections['basic']?.status, 'ok')
})

interface Host {
  readonly root: string
  readonly run: (program: string, ...args: readonly string[]) => string
}

/** Runs the script in a folder that holds nothing but BusyBox and what `furnish` puts there. */
async function collectIn(t: TestContext, furnish: (host: Host) => void): Promise<Sections> {
  const here = { data: scratch(t) }
  const { enter, run } = makeWorld(t)
  const root = join(here.data, 'root')
  for (const folder of ['bin', 'proc', 'sys', 'dev', 'etc']) mkdirSync(join(root, folder), { recursive: true })
  copyFileSync(BUSYBOX!, join(root, 'bin/busybox'))
  chmodSync(join(root, 'bin/busybox'), 0o755)
  for (const applet of run(BUSYBOX!, '--list').trim().split('\n'))
    if (applet !== 'busybox') symlinkSync('busybox', join(root, 'bin', applet))
  run('mknod', '-m', '666', join(root, 'dev/null'), 'c', '1', '3')
  furnish({ root, run })
  const script = await rollcall(['script'], here)
  const [nsenter, ...rest] = enter
  const { stdout, stderr, status } = spawnSync(nsenter!, [...rest, 'chroot', root, '/bin/env', '-i', 'PATH=/bin', '/bin/sh', '-s'], {
    input: script.stdout,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  assert.equal(status, 0, stderr)
  return await rollcallJson<Sections>(['parse', '-'], { ...here, input: stdout })
}
