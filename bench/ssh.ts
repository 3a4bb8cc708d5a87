import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from './measure.ts'
import { ours, peer, type Client } from './ssh/clients.ts'
import { Lab } from './ssh/lab.ts'

type Run = NonNullable<ReturnType<Client>>

/**
 * What a host costs the client: rollcall beside programs that only fetch. `--linear` shows instead how it grows with the number of hosts. Needs the
 * measuring lab, set up by its `setup.sh`, in `--lab` or `$ROLLCALL_LAB`.
 */
export default async function ssh(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const { n, c, rounds, linear } = { ...values, n: Number(values.n), c: Number(values.c), rounds: Number(values.rounds) }
  if (!existsSync(join(values.lab, 'lab'))) throw new Error(`there is no measuring lab in ${values.lab}: name its folder by --lab`)
  const lab = new Lab(values.lab)
  const { transport, first, again } = await ours()
  const own = { 'rollcall, transport alone': transport, 'rollcall, first run': first, 'rollcall, every later run': again }
  lab.start()
  try {
    if (linear) {
      for (const hosts of [n, 5 * n, 10 * n]) print(await measured(lab, own, { n: hosts, c, rounds }), hosts)
    } else {
      const tools = ['asyncssh', 'pssh', 'xargs-ssh', 'ansible-raw'].map((tool) => [tool, peer(tool)] as const)
      print(await measured(lab, { ...own, ...Object.fromEntries(tools) }, { n, c, rounds }), n)
      process.stdout.write('skipped: ansible setup uploads a program of its own, which no stub can answer\n')
    }
  } finally {
    lab.stop()
  }
}

const OPTIONS = {
  n: { type: 'string', default: '1000' },
  c: { type: 'string', default: '50' },
  rounds: { type: 'string', default: '3' },
  lab: { type: 'string', default: process.env['ROLLCALL_LAB'] ?? '../shared/lab' },
  linear: { type: 'boolean', default: false },
} as const

/** In turn, round by round, so that what slows the machine down slows all of them. */
async function measured(
  lab: Lab,
  clients: Readonly<Record<string, Client>>,
  { n, c, rounds }: { readonly n: number; readonly c: number; readonly rounds: number },
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, client] of Object.entries(clients)) {
      const run = round > 0 && !runs.has(name) ? null : client(lab, n, c)
      if (run !== null) runs.set(name, [...(runs.get(name) ?? []), run])
      else if (round === 0) process.stdout.write(`skipped: ${name} is not installed\n`)
    }
  }
  return runs
}

/** Medians, and each client's share of what asyncssh needs: the median over the rounds, each compared with its own round. */
function print(runs: ReadonlyMap<string, readonly Run[]>, n: number): void {
  const base = runs.get('asyncssh')
  row([`${n} hosts`, 'good', 'cpu ms', 'hosts/s', 'peak MB', 'lag p99', 'cpu', 'hosts/s'])
  for (const [name, all] of runs) {
    const of = (value: (run: Run) => number): number => median(all.map(value))
    const ratio = (value: (run: Run) => number): string =>
      base === undefined ? '' : `×${median(all.map((run, round) => value(run) / value(base[round]!))).toFixed(2)}`
    row([
      name,
      String(Math.min(...all.map(({ ok = 0 }) => ok))),
      of((run) => run.client_cpu_ms_per_host).toFixed(2),
      of((run) => run.hosts_per_s).toFixed(0),
      of((run) => run.peak_anon_mb).toFixed(0),
      all[0]?.lagMs === undefined ? '' : of((run) => run.lagMs ?? Number.NaN).toFixed(0),
      ratio((run) => run.client_cpu_ms_per_host),
      ratio((run) => run.hosts_per_s),
    ])
  }
}

function row(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(9))).join(' ')}\n`)
}
