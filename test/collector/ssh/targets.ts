import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { join } from 'node:path'
import { prepare } from '../../../collector/job.ts'
import { HostFailure } from '../../../collector/ssh/causes.ts'
import { captureOf, type Surroundings } from '../../../collector/ssh/collect-target.ts'
import { Keyring } from '../../../collector/ssh/credentials.ts'
import { Gateways } from '../../../collector/ssh/jump.ts'
import { KnownHosts } from '../../../collector/ssh/known-hosts.ts'
import type { Target } from '../../../collector/ssh/target.ts'
import type { Plugin } from '../../../plugins/define.ts'
import { pluginOf } from '../plugins.ts'
import { scratch } from '../scratch.ts'

/** A plugin of one shell text, so that a test says what runs on the host. */
export function shell(sh: string, timeoutSeconds = 10): Plugin {
  return pluginOf('shell', { sh, timeoutSeconds })
}

export function targetOf(own: Partial<Target>): Target {
  return {
    address: '127.0.0.1',
    port: 22,
    user: 'tester',
    credentials: { key: null, passphrase: null, password: null, agent: null },
    hostKeyAlias: null,
    name: null,
    hostKeys: 'accept-new',
    via: [],
    become: null,
    sudoPassword: null,
    client: 'ssh2',
    deadlines: { connectMs: 3000, hostMs: 6000 },
    ...own,
  }
}

export interface Thread extends Surroundings {
  readonly newKeys: string[]
}

/** What one thread has, without the thread: everything in this process, and nothing of this user's own. */
export function threadOf(
  t: TestContext,
  { plugins = [shell('echo fine')], known = '' }: { plugins?: readonly Plugin[]; known?: string } = {},
): Thread {
  const keyring = new Keyring()
  const hosts = new KnownHosts()
  hosts.add(known, 'known_hosts')
  const newKeys: string[] = []
  const onNewKey = (line: string): void => {
    newKeys.push(line)
    hosts.add(line, 'known_hosts')
  }
  const gateways = new Gateways({ keyring, known: hosts, onNewKey })
  t.after(() => gateways.close())
  const dataFolder = scratch(t)
  return {
    plugins,
    collector: { version: '0', mode: 'ssh', name: 'test' },
    pin: false,
    now: Date.now,
    job: prepare(plugins),
    keyring,
    known: hosts,
    knownHostsFiles: [join(dataFolder, 'known_hosts')],
    gateways,
    dataFolder,
    lastSeq: 0,
    onNewKey,
    newKeys,
  }
}

/** What the host answered to `shell`. */
export async function answerOf(target: Target, thread: Thread): Promise<string | undefined> {
  return (await captureOf(target, thread)).probes['shell']?.stdout.trim()
}

/** How a host failed, and how long that took. */
export async function failureOf(
  target: Target,
  thread: Thread,
): Promise<{ readonly cause: string; readonly message: string; readonly ms: number }> {
  const begun = performance.now()
  try {
    await captureOf(target, thread)
    return { cause: 'none', message: '', ms: performance.now() - begun }
  } catch (error) {
    if (!(error instanceof HostFailure)) throw error
    return { cause: error.reason, message: error.message, ms: performance.now() - begun }
  }
}

/** Connections that this process has opened since; a function that says how many of them are still open. */
export function connectionsSince(t: TestContext): () => number {
  const sockets: Socket[] = []
  const add = (message: unknown): void => void sockets.push((message as { readonly socket: Socket }).socket) // As Node documents the channel.
  subscribe('net.client.socket', add)
  t.after(() => unsubscribe('net.client.socket', add))
  return () => sockets.filter(({ destroyed }) => !destroyed).length
}

/** Timers that keep this process alive. */
export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}
