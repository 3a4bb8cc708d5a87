import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Simulated } from './agents-process.ts'
import { Road, WEATHERS, type Weather } from './weather.ts'

const MINUTE = 60_000
const BIN = new URL('../../bin/rollcall.js', import.meta.url).pathname
const AGENTS = new URL('agents-process.ts', import.meta.url).pathname
/** Hosts in one process: they are killed together. */
const TOGETHER = 10

export interface SimulationOptions {
  readonly folder: string
  readonly agents: number
  readonly hours: number
  /** Simulated milliseconds in a real one, at most: on a busy machine, where agents take long to start, it is fewer. */
  readonly speed: number
  /** From 0 to less than 1. */
  readonly random: () => number
}

export interface Simulation {
  readonly hosts: readonly string[]
  readonly kills: { readonly api: number; readonly agents: number }
  readonly met: ReadonlyMap<Weather, number>
}

/**
 * Hours of bad weather: agents report every 10 minutes, the road to the API is mostly bad, API and agents are killed at random; then the sun
 * shines until every spool is empty. What became of it lies in the API's database and in the agents' diaries.
 */
export async function simulate({ folder, agents, hours, speed: most, random }: SimulationOptions): Promise<Simulation> {
  const hosts = Array.from({ length: agents }, (_, index) => `sim-${String(index).padStart(3, '0')}`)
  const port = await freePort()
  const api = new Restarted(() => serve(folder, port))
  await api.start()
  const road = new Road(() => `http://127.0.0.1:${port}`)
  const url = await road.open()
  const speed = Math.min(most, START_MINUTES / (await minutesToStart(join(folder, 'trial'), most)))
  const epoch = Date.now()
  const end = epoch + hours * 60 * MINUTE
  const token = tokenIn(folder)
  const groups = Array.from({ length: Math.ceil(agents / TOGETHER) }, (_, index) => {
    const some = hosts.slice(index * TOGETHER, (index + 1) * TOGETHER)
    const told: Simulated = {
      hosts: some,
      folder: join(folder, 'agents'),
      api: { url, token, ca: null, timeoutSeconds: 5 },
      speed,
      epoch,
      until: end,
    }
    return new Restarted(() => spawnAgents(told))
  })
  const now = (): number => epoch + (Date.now() - epoch) * speed
  try {
    for (const group of groups) await group.start()
    for (let phase = 0; now() < end; phase += 1) {
      // Every second phase is fair, or hardly a report would get through at all.
      road.weather = phase % 2 === 0 ? 'fair' : WEATHERS[(phase >> 1) % WEATHERS.length]!
      await setTimeout((random() * 3 * MINUTE) / speed)
      if (phase % 4 === 2) await api.kill()
      if (phase % 3 !== 0) await groups[Math.floor(random() * groups.length)]!.kill()
      await setTimeout((random() * 6 * MINUTE) / speed)
      for (const one of [api, ...groups]) await one.start()
    }
    road.weather = 'fair'
    await untilEmpty(hosts.map((host) => join(folder, 'agents', host, 'spool')))
    return { hosts, kills: { api: api.kills, agents: groups.reduce((sum, { kills }) => sum + kills, 0) }, met: road.met }
  } finally {
    await Promise.all(groups.map(async (group) => await group.end('SIGKILL')))
    road.close()
    await api.end('SIGTERM')
  }
}

/** Simulated minutes in which a process of agents has started and made its first report. */
const START_MINUTES = 15

/** Real minutes which that takes here and now. */
async function minutesToStart(folder: string, speed: number): Promise<number> {
  const epoch = Date.now()
  const told: Simulated = { hosts: ['trial'], folder, api: NOBODY, speed, epoch, until: Number.MAX_SAFE_INTEGER }
  const child = spawnAgents(told)
  while (!existsSync(join(folder, 'trial/diary'))) {
    if (child.exitCode !== null) throw new Error(`a process of agents ended by itself with ${child.exitCode}`)
    await setTimeout(20)
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  return (Date.now() - epoch) / MINUTE
}

const NOBODY = { url: 'http://127.0.0.1:9', token: 'none', ca: null, timeoutSeconds: 5 }

function spawnAgents(told: Simulated): ChildProcess {
  return spawn(process.execPath, [AGENTS, JSON.stringify(told)], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** A process that is killed and started again. */
class Restarted {
  kills = 0
  readonly #spawn: () => ChildProcess | Promise<ChildProcess>
  #child: ChildProcess | null = null

  constructor(start: () => ChildProcess | Promise<ChildProcess>) {
    this.#spawn = start
  }

  /** Where it runs already, it goes on. */
  async start(): Promise<void> {
    if (this.#child?.exitCode !== null && this.#child !== null) throw new Error(`a process ended by itself with ${this.#child.exitCode}`)
    this.#child ??= await this.#spawn()
  }

  async kill(): Promise<void> {
    this.kills += 1
    await this.end('SIGKILL')
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
}

async function serve(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [BIN, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ROLLCALL_DATA: folder, ROLLCALL_PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  for await (const text of child.stderr.iterator({ destroyOnReturn: false })) {
    said += String(text)
    if (!said.includes('rollcall is up')) continue
    child.stderr.resume()
    return child
  }
  throw new Error(`rollcall serve ended: ${said}`)
}

function tokenIn(folder: string): string {
  const { token } = JSON.parse(readFileSync(join(folder, 'local-api.json'), 'utf8')) as { readonly token: string } // Written by the API.
  return token
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Agents that wait for an API longest wait 15 simulated minutes. */
async function untilEmpty(spools: readonly string[]): Promise<void> {
  const late = Date.now() + 300_000
  for (;;) {
    const waiting = spools.filter((folder) => existsSync(folder) && readdirSync(folder).some((file) => file.endsWith('.json')))
    if (waiting.length === 0) return
    if (Date.now() > late) throw new Error(`reports still wait in ${waiting.length} spools, as in ${waiting[0]}`)
    await setTimeout(200)
  }
}
