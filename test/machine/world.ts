import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readlinkSync } from 'node:fs'
import type { TestContext } from 'node:test'

/** Why no namespaces can be had here; false where they can. */
export const NO_WORLD: string | false =
  process.getuid?.() !== 0
    ? 'needs root: it runs in namespaces of its own'
    : spawnSync('unshare', ['--net', '--mount', '--uts', 'true']).status !== 0 && 'needs unshare(1), and a kernel that lets root use it'

/** Network, mounts and host name of its own: what a test does to them does not reach this machine. */
export interface World {
  /** To be put in front of a command that is to run in it. */
  readonly enter: readonly string[]
  /** Runs a program in it, and gives what it prints. */
  readonly run: (program: string, ...args: readonly string[]) => string
  /** From now on packages, accounts and settings in it are copies in this folder, whatever others do to those of the machine meanwhile. */
  readonly freeze: (folder: string) => void
}

/** Folders, for a mount on a file ends when somebody puts another file in its place. */
const SHARED = ['/etc', '/var/lib/dpkg', '/var/lib/rpm', '/usr/lib/sysimage/rpm', '/lib/apk/db', '/var/lib/pacman']

/** Makes a world with a loopback interface that is up; it ends with the test. */
export function makeWorld(t: Pick<TestContext, 'after'>): World {
  const holder = spawn('unshare', ['--net', '--mount', '--uts', 'sleep', '3600'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  t.after(() => holder.kill('SIGKILL'))
  const enter = ['nsenter', `--target=${holder.pid}`, '--net', '--mount', '--uts', '--']
  // Until it has namespaces of its own, entering it would be entering this machine.
  const [ours, until] = [namespaces('self'), Date.now() + 5000]
  while (namespaces(holder.pid!).some((one, index) => one === ours[index])) {
    if (Date.now() > until) throw new Error('unshare made no namespaces within 5 s')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
  const [nsenter, ...rest] = enter
  const run = (...command: readonly string[]) => execFileSync(nsenter!, [...rest, ...command], { encoding: 'utf8' })
  run('ip', 'link', 'set', 'lo', 'up')
  // It shows the interfaces of the network namespace in which it was mounted.
  run('mount', '-t', 'sysfs', 'sysfs', '/sys')
  const freeze = (folder: string) => {
    const files = SHARED.filter((file) => existsSync(file))
    for (const [index, file] of files.entries())
      run('sh', '-c', `cp -a ${file} ${folder}/own-${index} && mount --bind ${folder}/own-${index} ${file}`)
  }
  return { enter, run, freeze }
}

function namespaces(pid: number | 'self'): string[] {
  return ['net', 'mnt', 'uts'].map((name) => readlinkSync(`/proc/${pid}/ns/${name}`))
}
