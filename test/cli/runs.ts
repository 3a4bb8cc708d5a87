import { spawn } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Spool } from '../../collector/spool.ts'
import { BIN, type Ran, type Surroundings } from './rollcall.ts'

/** A line of `--json`. */
interface Line {
  readonly host: string
  readonly name: string | null
  readonly status: 'ok' | 'failed'
  readonly cause: string | null
  readonly message: string | null
  readonly ms: number
  readonly retryable: boolean
  readonly report?: { readonly identity: { readonly name: string }; readonly sections: object }
}

export const linesOf = ({ stdout }: Ran): Line[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
export const byHost = (ran: Ran): string[] =>
  linesOf(ran)
    .map(({ host, cause }) => `${/@([\d.]+)/.exec(host)![1]} ${cause ?? 'ok'}`)
    .toSorted()
export const waiting = (data: string) => new Spool(join(data, 'spool'), { maxBytes: 1e9 }).list()

export function countOf(data: string, ...tables: readonly string[]): number[] {
  const database = new Database(join(data, 'rollcall.db'), { readonly: true })
  try {
    return tables.map((table) => database.prepare<[], { rows: number }>(`select count(*) as rows from "${table}"`).get()!.rows)
  } finally {
    database.close()
  }
}

/** A command that the test ends, and what it has said so far. */
export function begin(args: readonly string[], { data, env }: Surroundings) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: data,
    env: { PATH: process.env['PATH'], ROLLCALL_DATA: data, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const said = { status: null as number | null, stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
  const ended = new Promise<Ran>((resolve) => child.once('close', (status) => resolve({ ...said, status })))
  return { child, said, ended }
}
