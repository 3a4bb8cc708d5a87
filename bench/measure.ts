import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Candidate {
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
}

/** One run of a whole process, its children included; `peakMb` is that of the largest single process. */
export interface Run {
  readonly wallMs: number
  readonly cpuMs: number
  /** null without GNU time (Debian: `apt-get install time`). */
  readonly peakMb: number | null
}

const GNU_TIME = '/usr/bin/time'

/**
 * Runs all candidates in turn, round by round, so that what slows the machine down slows all of them. The first round warms up and is not counted.
 * Measured by the `time` of bash, which tells CPU time to the millisecond.
 */
export function measure(candidates: readonly Candidate[], rounds: number): Map<string, Run[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-bench-'))
  const runs = new Map(candidates.map(({ name }): [string, Run[]] => [name, []]))
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const { name, command } of candidates) {
        const run = once(command, join(folder, 'peak'))
        if (round > 0) runs.get(name)!.push(run)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return runs
}

function once(command: readonly string[], peakFile: string): Run {
  return cpuAndPeak(command, { out: '/dev/null', env: process.env, peakFile })
}

/** One run of one command; `out` is a file for its standard output. Its exit status is of no interest. */
export function cpuAndPeak(
  command: readonly string[],
  { out, env, peakFile = `${out}.peak` }: { readonly out: string; readonly env: NodeJS.ProcessEnv; readonly peakFile?: string },
): Run {
  const measured = existsSync(GNU_TIME) ? [GNU_TIME, '-o', peakFile, '-f', '%M', ...command] : command
  const { stderr, status } = spawnSync('bash', ['-c', `TIMEFORMAT='%R %U %S'; time "$@" >"$OUT" 2>/dev/null`, 'bench', ...measured], {
    encoding: 'utf8',
    env: { ...env, LC_ALL: 'C.UTF-8', OUT: out },
  })
  const times = /(\d+\.\d+) (\d+\.\d+) (\d+\.\d+)\s*$/.exec(stderr)
  if (times === null || status === 127) throw new Error(`${command.join(' ')} could not be measured: ${stderr}`)
  const [, wall, user, system] = times.map(Number)
  const peak = existsSync(GNU_TIME) ? Number(readFileSync(peakFile, 'utf8').trim().split('\n').at(-1)) / 1024 : null
  return { wallMs: 1000 * wall!, cpuMs: 1000 * (user! + system!), peakMb: peak }
}

/** The middle value; NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** Medians of each candidate, and how many times as much `subject` needs: the median over the rounds, each compared with its own round. */
export function print(runs: ReadonlyMap<string, readonly Run[]>, subject: string): void {
  const own = runs.get(subject)!
  row(['', 'wall ms', 'cpu ms', 'peak MB', 'wall', 'cpu', 'peak'])
  for (const [name, all] of runs) {
    const ratio = (of: (run: Run) => number) => `×${median(own.map((run, round) => of(run) / of(all[round]!))).toFixed(2)}`
    const figures = [
      median(all.map(({ wallMs }) => wallMs)),
      median(all.map(({ cpuMs }) => cpuMs)),
      median(all.map(({ peakMb }) => peakMb ?? Number.NaN)),
    ]
    row([
      name,
      ...figures.map((figure) => figure.toFixed(0)),
      ...(name === subject ? [] : [ratio((run) => run.wallMs), ratio((run) => run.cpuMs), ratio((run) => run.peakMb ?? Number.NaN)]),
    ])
  }
  process.stdout.write(`medians of ${own.length} rounds, run in turn; ×: what ${subject} needs, compared with this row\n`)
}

function row(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(9))).join(' ')}\n`)
}
