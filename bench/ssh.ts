import { parseArgs } from 'node:util'
import { median } from './measure.ts'
import { ours, peer, type Client } from './ssh/clients.ts'
import type { Ground } from './ssh/ground.ts'
import { labIn } from './ssh/lab.ts'
import { ownGround } from './ssh/own-ground.ts'

type Run = NonNullable<Awaited<ReturnType<Client>>>

/**
 * What a host costs the client: rollcall beside programs that only fetch. `--linear` shows instead how it grows with the number of hosts, `--sshd`
 * what client and host cost together beside ansible's own inventory. With the measuring lab in `--lab` or `$ROLLCALL_LAB`, set up by its
 * `setup.sh`, where it is there; else with a stub of this folder.
 */
export default async function ssh(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const { n, c, rounds, linear, sshd } = { ...values, n: Number(values.n), c: Number(values.c), rounds: Number(values.rounds) }
  const lab = labIn(values.lab, sshd ? 'sshd' : 'stub')
  if (lab === null && sshd) throw new Error(`there is no measuring lab in ${values.lab}, and --sshd needs it: name its folder by --lab`)
  const ground = lab ?? ownGround()
  process.stdout.write(`${ground.title}\n`)
  const { transport, first, again } = await ours()
  const own = { 'rollcall, transport alone': transport, 'rollcall, first run': first, 'rollcall, every later run': again }
  await ground.start()
  try {
    if (linear) {
      for (const hosts of [n, 5 * n, 10 * n]) print(await measured(ground, own, { n: hosts, c, rounds }), hosts)
    } else {
      const others = sshd ? ['ansible-setup'] : ['asyncssh', 'pssh', 'xargs-ssh', 'ansible-raw']
      const peers = Object.fromEntries(others.map((tool) => [tool, peer(tool)] as const))
      print(await measured(ground, { ...own, ...peers }, { n, c, rounds }), n)
      if (!sshd) process.stdout.write('ansible setup uploads a program of its own, which no stub can answer: see --sshd\n')
    }
  } finally {
    ground.stop()
  }
}

const OPTIONS = {
  n: { type: 'string', default: '1000' },
  c: { type: 'string', default: '50' },
  rounds: { type: 'string', default: '3' },
  lab: { type: 'string', default: process.env['ROLLCALL_LAB'] ?? '../shared/lab' },
  linear: { type: 'boolean', default: false },
  sshd: { type: 'boolean', default: false },
} as const

/** In turn, round by round, so that what slows the machine down slows all of them. */
async function measured(
  ground: Ground,
  clients: Readonly<Record<string, Client>>,
  { n, c, rounds }: { readonly n: number; readonly c: number; readonly rounds: number },
): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, client] of Object.entries(clients)) {
      const run = round > 0 && !runs.has(name) ? null : await client(ground, n, c)
      if (run !== null) runs.set(name, [...(runs.get(name) ?? []), run])
      else if (round === 0) process.stdout.write(`skipped: ${name} is not installed\n`)
    }
  }
  return runs
}

/**
 * Medians, and each client's share of what the reference needs, asyncssh or, on a real sshd, client and host together, ansible: the median over the
 * rounds, each compared with its own round.
 */
function print(runs: ReadonlyMap<string, readonly Run[]>, n: number): void {
  const [reference] = ['asyncssh', 'ansible-setup'].filter((one) => runs.has(one))
  const base = runs.get(reference ?? '')
  row([`${n} hosts`, 'good', 'cpu ms', 'least', 'host ms', 'hosts/s', 'peak MB', 'lag p99', 'cpu', 'hosts/s'])
  for (const [name, all] of runs) {
    const of = (value: (run: Run) => number): number => median(all.map(value))
    const ratio = (value: (run: Run) => number): string =>
      base === undefined ? '' : `×${median(all.map((run, round) => value(run) / value(base[round]!))).toFixed(2)}`
    row([
      name,
      String(Math.min(...all.map(({ ok = 0 }) => ok))),
      of((run) => run.client_cpu_ms_per_host).toFixed(2),
      Math.min(...all.map((run) => run.client_cpu_ms_per_host)).toFixed(2),
      all[0]?.server_cpu_ms_per_host == null ? '' : of((run) => run.server_cpu_ms_per_host ?? Number.NaN).toFixed(2),
      of((run) => run.hosts_per_s).toFixed(0),
      of((run) => run.peak_anon_mb).toFixed(0),
      all[0]?.lagMs === undefined ? '' : of((run) => run.lagMs ?? Number.NaN).toFixed(0),
      ratio((run) => run.client_cpu_ms_per_host + (reference === 'ansible-setup' ? (run.server_cpu_ms_per_host ?? 0) : 0)),
      ratio((run) => run.hosts_per_s),
    ])
  }
}

function row(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(9))).join(' ')}\n`)
}
