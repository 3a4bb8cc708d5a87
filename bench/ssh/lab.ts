import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figures, Ground } from './ground.ts'

/** The measuring lab in a folder beside the repository, set up by its `setup.sh`; null where there is none. */
export function labIn(folder: string, against: 'stub' | 'sshd'): Ground | null {
  const program = join(folder, 'lab')
  if (!existsSync(program)) return null
  const ask = (...args: readonly string[]): string => execFileSync(program, args, { encoding: 'utf8' })
  return {
    title:
      against === 'stub'
        ? "against the lab's stub in Go, which answers so cheaply that the client is what is measured"
        : 'against a real sshd, on the same machine: what client and host cost together',
    async start() {
      // Every script really runs once; later ones are answered from memory, with their own random text.
      const once = against === 'stub' ? ['--exec-once', '--nonce-pattern', 'N=([0-9a-f]{32}) U='] : []
      ask(against, 'start', ...once)
    },
    stop() {
      ask(against, 'stop')
    },
    measure(command, n, env, mark) {
      const counted = mark === undefined ? [] : ['--mark', mark]
      const args = ['measure', '--against', against, '--n', String(n), ...counted, '--', ...command]
      const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } })
      const line = stdout.split('\n').find((one) => one.startsWith('{'))
      if (line === undefined) throw new Error(`the lab measured nothing: ${stderr}`)
      return JSON.parse(line) as Figures // As its README says.
    },
    peer(tool, n, c) {
      const args = ['peers', '--against', against, '--n', String(n), '--c', String(c), '--tools', tool, '--rounds', '1']
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
      if (status !== 0 && /not installed|cannot be replayed/.test(stderr)) return null
      const state = /LAB_STATE='?([^'\n]+)/.exec(ask('env'))![1]!
      const last = readFileSync(join(state, 'peers.jsonl'), 'utf8').trimEnd().split('\n').at(-1)!
      return JSON.parse(last) as Figures
    },
  }
}
