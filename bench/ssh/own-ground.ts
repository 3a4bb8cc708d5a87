import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuAndPeak } from '../measure.ts'
import type { Figures, Ground } from './ground.ts'
import { peerFor } from './peers.ts'
import { keyPair } from '../../test/ssh-keys.ts'

/** In the script's first line, which every good answer holds. */
const MARK = '@@rollcall 1 '

/** A ground that needs nothing but this repository: its stub is an ssh2 server, in a process of its own. */
export function ownGround(): Ground {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-ground-'))
  const out = join(folder, 'out')
  let stub: ChildProcess | undefined
  let port = ''
  const key = (name: string): string => {
    writeFileSync(join(folder, name), keyPair().private, { mode: 0o600 })
    return join(folder, name)
  }
  const own = key('id')
  const hostKey = key('host')
  const user = 'stub'
  const hostsOf = (n: number): string => {
    const hosts = join(folder, `hosts.${n}`)
    writeFileSync(hosts, Array.from({ length: n }, (_, index) => `127.0.${1 + (index >> 7)}.${1 + (index & 127)}\n`).join(''))
    return hosts
  }
  const run = (command: readonly string[], n: number, env: NodeJS.ProcessEnv): Figures => {
    const { wallMs, cpuMs, peakMb } = cpuAndPeak(command, { out, env: { ...process.env, ...env } })
    return {
      hosts_per_s: (1000 * n) / wallMs,
      client_cpu_ms_per_host: cpuMs / n,
      server_cpu_ms_per_host: null,
      peak_anon_mb: peakMb ?? Number.NaN,
    }
  }
  const counted = (mark: string): number => readFileSync(out, 'latin1').split(mark).length - 1
  return {
    title: "against the bench's own stub in Node, which costs more than the client: take its CPU time; hosts/s tell of both",
    async start() {
      stub = spawn(process.execPath, [new URL('./stub.ts', import.meta.url).pathname, hostKey], { stdio: ['ignore', 'pipe', 'inherit'] })
      const [told] = (await once(stub.stdout!, 'data')) as [Buffer]
      port = told.toString().trim()
    },
    stop() {
      stub?.kill()
      rmSync(folder, { recursive: true, force: true })
    },
    measure(command, n, env, mark) {
      const figures = run(command, n, { ...env, LAB_HOSTS: hostsOf(n), LAB_PORT: port, LAB_USER: user, LAB_KEY: own })
      return mark === undefined ? figures : { ...figures, ok: counted(mark) }
    },
    peer(tool, n, c) {
      const peer = peerFor(tool, { hosts: hostsOf(n), port, user, key: own }, c)
      return peer === null ? null : { ...run(peer.command, n, peer.env ?? {}), ok: counted(MARK) }
    },
  }
}
