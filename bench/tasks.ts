import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { median } from './measure.ts'

interface Server {
  readonly pid: number
  readonly ask: (path: string, body?: object) => Promise<Readonly<Record<string, unknown>>>
}

interface Offer {
  readonly tasks: readonly { readonly id: string }[]
}

const SECONDS = 20
const SINGLE = 20

/** What agents that wait for tasks cost the API while there are none, and how soon a task reaches one of them, and all of them. */
export default async function tasks([count = '1000']: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-tasks-'))
  const { server, end } = await serve(folder)
  try {
    const names = Array.from({ length: Number(count) }, (_, at) => `bench-${at}`)
    for (const name of names) await server.ask('/assets', { name })
    const alone = await rest(server)
    const before = residentMb(server)
    const waiting = new Map(names.map((name) => [name, wait(server, name)]))
    await setTimeout(3000)
    const together = await rest(server)
    row('CPU while nobody waits', `${(100 * alone).toFixed(2)} %`, 'of one core')
    row(`CPU while ${count} wait`, `${(100 * together).toFixed(2)} %`)
    row('memory of one that waits', `${((1024 * (residentMb(server) - before)) / names.length).toFixed(0)} KB`)

    const took: number[] = []
    for (const name of names.slice(0, SINGLE)) {
      const start = performance.now()
      await server.ask('/tasks', { assets: [name] })
      const { tasks: offered } = await waiting.get(name)!
      took.push(performance.now() - start)
      await server.ask(`/agent/tasks/${offered[0]!.id}/result`, { state: 'done' })
      waiting.set(name, wait(server, name))
    }
    row('one task reaches its agent', `${median(took).toFixed(0)} ms`, `the slowest of ${SINGLE}: ${Math.max(...took).toFixed(0)} ms`)
    const cpu = cpuMs(server)
    const start = performance.now()
    const created = server.ask('/tasks', { assets: names })
    await Promise.all(waiting.values())
    const ms = performance.now() - start
    await created
    row(`${count} tasks reach all`, `${ms.toFixed(0)} ms`, `CPU of the API ${((cpuMs(server) - cpu) / names.length).toFixed(2)} ms each`)
  } finally {
    await end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function wait({ ask }: Server, name: string): Promise<Offer> {
  for (;;) {
    const offer = (await ask(`/agent/tasks?name=${name}&wait=60`)) as unknown as Offer // As the API describes it.
    if (offer.tasks.length > 0) return offer
  }
}

/** CPU seconds in a second. */
async function rest(server: Server): Promise<number> {
  const [cpu, start] = [cpuMs(server), performance.now()]
  await setTimeout(SECONDS * 1000)
  return (cpuMs(server) - cpu) / (performance.now() - start)
}

async function serve(folder: string): Promise<{ readonly server: Server; readonly end: () => Promise<void> }> {
  const child = spawn(process.execPath, ['bin/rollcall.js', 'serve'], {
    env: { ...process.env, ROLLCALL_DATA: folder, ROLLCALL_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let said = ''
  child.once('close', () => reject(new Error(`rollcall serve ended: ${said}`)))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
    const url = /^rollcall is up: (\S+)$/m.exec(said)?.[1]
    if (url !== undefined) resolve(url)
  })
  const url = await promise
  const authorization = `Bearer ${readFileSync(join(folder, 'token'), 'utf8').trim()}`
  const ask = async (path: string, body?: object) => {
    const post = body && { method: 'POST', body: JSON.stringify(body), headers: { authorization, 'content-type': 'application/json' } }
    const answer = await fetch(`${url}/api/v1${path}`, post ?? { headers: { authorization } })
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
    return answer.status === 204 ? {} : ((await answer.json()) as Readonly<Record<string, unknown>>)
  }
  const end = async () => {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
  return { server: { pid: child.pid!, ask }, end }
}

/** User and system time so far, in steps of a clock tick (10 ms). */
function cpuMs({ pid }: Server): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}

function residentMb({ pid }: Server): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function row(name: string, figure: string, more = ''): void {
  process.stdout.write(`${name.padEnd(28)} ${figure.padStart(10)} ${more}\n`)
}
