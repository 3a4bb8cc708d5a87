import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Figures of one run of a client, as the lab counts them. */
export interface Figures {
  readonly hosts_per_s: number
  readonly client_cpu_ms_per_host: number
  readonly peak_anon_mb: number
  /** Good hosts; not there for a command without a mark. */
  readonly ok?: number
  readonly processes_left_behind?: number
}

/** The measuring lab in a folder beside the repository: its stub server answers so cheaply that the client is what is measured. */
export class Lab {
  readonly #program: string

  constructor(folder: string) {
    this.#program = join(folder, 'lab')
  }

  /** Every script really runs once; later ones are answered from memory, with their own random text. */
  start(): void {
    execFileSync(this.#program, ['stub', 'start', '--exec-once', '--nonce-pattern', 'N=([0-9a-f]{32}) U='], QUIET)
  }

  stop(): void {
    execFileSync(this.#program, ['stub', 'stop'], QUIET)
  }

  /** One run of a command of ours. `$LAB_HOSTS`, `$LAB_PORT`, `$LAB_USER` and `$LAB_KEY` say what to do. */
  measure(command: readonly string[], n: number, env: NodeJS.ProcessEnv, mark?: string): Figures {
    const counted = mark === undefined ? [] : ['--mark', mark]
    const args = ['measure', '--against', 'stub', '--n', String(n), ...counted, '--', ...command]
    const { stdout, stderr } = spawnSync(this.#program, args, { encoding: 'utf8', env: { ...process.env, ...env } })
    const line = stdout.split('\n').find((one) => one.startsWith('{'))
    if (line === undefined) throw new Error(`the lab measured nothing: ${stderr}`)
    return JSON.parse(line) as Figures // As its README says.
  }

  /** One run of another client; null where it is not installed. */
  peer(tool: string, n: number, c: number): Figures | null {
    const args = ['peers', '--against', 'stub', '--n', String(n), '--c', String(c), '--tools', tool, '--rounds', '1']
    const { status, stderr } = spawnSync(this.#program, args, { encoding: 'utf8' })
    if (status !== 0 && /not installed|cannot be replayed/.test(stderr)) return null
    const last = readFileSync(join(this.#state(), 'peers.jsonl'), 'utf8').trimEnd().split('\n').at(-1)!
    return JSON.parse(last) as Figures
  }

  #state(): string {
    const variables = execFileSync(this.#program, ['env'], { encoding: 'utf8' })
    return /LAB_STATE='?([^'\n]+)/.exec(variables)![1]!
  }
}

const QUIET: { readonly stdio: ('ignore' | 'inherit')[] } = { stdio: ['ignore', 'ignore', 'inherit'] }
