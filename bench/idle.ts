import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { askAgent } from '../collector/agent/control.ts'
import type { AgentStatus } from '../collector/agent/status.ts'
import { readProcess, watchChildren, type Reading } from './idle/reading.ts'
import { Started } from './idle/started.ts'

/** So that what starting needed has been given back, where it ever is. */
const SETTLE_MS = 15_000
const REST_MS = 120_000
/** A day in two minutes. */
const FACTOR = 720
const HOUR_MS = 3_600_000

/**
 * What an agent costs a host that it waits on: the published bundle with settings in YAML, an API that it polls and keeps a question open at, beside
 * a Node that does nothing, and fusioninventory-agent where installed. First two minutes of rest, in true time; then so many simulated days.
 */
export default async function idle([days = '1']: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-idle-'))
  const started = new Started(folder)
  try {
    await rest(started, folder)
    await simulate(started, Number(days))
  } finally {
    await started.endAll()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function rest(started: Started, folder: string): Promise<void> {
  const inventory = join(folder, 'inventory')
  mkdirSync(inventory)
  const bare = started.run(process.execPath, ['-e', 'setInterval(()=>{},1e9)'])
  const daemon = ['--daemon', '--no-fork', '--no-httpd', '--local', inventory, '--delaytime', '3600', '--logger', 'stderr']
  const isInstalled = spawnSync('sh', ['-c', 'command -v fusioninventory-agent'], { stdio: 'ignore' }).status === 0
  if (!isInstalled) process.stderr.write('skipped: fusioninventory-agent is not installed\n')
  const { pid } = await started.agent(1)
  const pids = new Map([
    ['rollcall agent run', pid],
    ['node -e setInterval', bare],
    ...(isInstalled ? [['fusioninventory-agent', started.run('fusioninventory-agent', daemon)] as const] : []),
  ])
  await setTimeout(SETTLE_MS)
  const before = new Map([...pids].map(([name, one]) => [name, readProcess(one)]))
  await setTimeout(REST_MS)
  row(['at rest, in true time', 'RSS MB', 'PSS MB', 'own MB', 'CPU ms/h', 'wakes/min', 'RSS'])
  const own = readProcess(pid)
  for (const [name, one] of pids) {
    const now = readProcess(one)
    const since = before.get(name)!
    const figures = [perHour(now.cpuMs - since.cpuMs, REST_MS), perMinute(now.wakeUps - since.wakeUps, REST_MS)]
    row([name, ...memory(now), ...figures, ...(one === pid ? [] : [`×${(own.rssMb / now.rssMb).toFixed(2)}`])])
  }
}

/** All that a schedule of an hour does, as often as it does it; only the waiting between is shorter, and what an errand takes. */
async function simulate(started: Started, days: number): Promise<void> {
  const bare = started.run(process.execPath, ['-e', 'setInterval(()=>{},1e9)'])
  const { pid, folder } = await started.agent(FACTOR)
  const children = watchChildren(pid)
  await setTimeout(1000)
  const first = readProcess(pid)
  row([`simulated, ${FACTOR} times as fast`, 'RSS MB', 'PSS MB', 'own MB', 'CPU ms/h', 'wakes/min', 'RSS', 'errands'])
  const show = async (name: string, hours: number): Promise<void> => {
    const now = readProcess(pid)
    const figures = [perHour(now.cpuMs - first.cpuMs, hours * HOUR_MS), perMinute(now.wakeUps - first.wakeUps, hours * HOUR_MS)]
    const { services } = (await askAgent(folder, 'status')) as AgentStatus // Our own program answers.
    row([name, ...memory(now), ...(hours === 0 ? ['', ''] : figures), ratio(now, readProcess(bare)), String(services['*']?.runs)])
  }
  await show('after the first collection', 0)
  const begun = performance.now()
  const marks = [1, ...Array.from({ length: Math.ceil(days) }, (_, day) => (day + 1) * 24)]
  for (const hours of marks) {
    await setTimeout(Math.max(0, begun + (hours * HOUR_MS) / FACTOR - performance.now()))
    await show(hours < 24 ? `after ${hours} hour` : `after ${hours / 24} days`, hours)
  }
  const last = readProcess(pid)
  const cpu = perHour(last.childrenCpuMs - first.childrenCpuMs, marks.at(-1)! * HOUR_MS)
  process.stdout.write(
    `its errands: ${cpu} ms of CPU an hour, a Node of ${children.end().toFixed(0)} MB at most for as long as each takes\n`,
  )
}

function memory({ rssMb, pssMb, ownMb }: Reading): string[] {
  return [rssMb, pssMb, ownMb].map((one) => one.toFixed(1))
}

function ratio(one: Reading, other: Reading): string {
  return `×${(one.rssMb / other.rssMb).toFixed(2)}`
}

function perHour(count: number, ms: number): string {
  return ((count * HOUR_MS) / ms).toFixed(0)
}

function perMinute(count: number, ms: number): string {
  return ((count * 60_000) / ms).toFixed(1)
}

function row(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(10))).join('')}\n`)
}
