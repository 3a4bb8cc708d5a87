import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { median } from './measure.ts'
import { startApi, type ApiServer } from './server.ts'

interface Offer {
  readonly tasks: readonly { readonly id: string }[]
}

const SECONDS = 20
const SINGLE = 20

/** What agents that wait for tasks cost the API while there are none, and how soon a task reaches one of them, and all of them. */
export default async function tasks([count = '1000']: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-tasks-'))
  const server = await startApi(folder)
  try {
    const names = Array.from({ length: Number(count) }, (_, at) => `bench-${at}`)
    for (const name of names) await ask(server, '/assets', { name })
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
      await ask(server, '/tasks', { assets: [name] })
      const { tasks: offered } = await waiting.get(name)!
      took.push(performance.now() - start)
      await ask(server, `/agent/tasks/${offered[0]!.id}/result`, { state: 'done' })
      waiting.set(name, wait(server, name))
    }
    row('one task reaches its agent', `${median(took).toFixed(0)} ms`, `the slowest of ${SINGLE}: ${Math.max(...took).toFixed(0)} ms`)
    const cpu = server.cpuMs()
    const start = performance.now()
    const created = ask(server, '/tasks', { assets: names })
    await Promise.all(waiting.values())
    const ms = performance.now() - start
    await created
    row(`${count} tasks reach all`, `${ms.toFixed(0)} ms`, `CPU of the API ${((server.cpuMs() - cpu) / names.length).toFixed(2)} ms each`)
  } finally {
    await server.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function wait(server: ApiServer, name: string): Promise<Offer> {
  for (;;) {
    const offer = (await ask(server, `/agent/tasks?name=${name}&wait=60`)) as unknown as Offer // As the API describes it.
    if (offer.tasks.length > 0) return offer
  }
}

/** CPU seconds in a second. */
async function rest(server: ApiServer): Promise<number> {
  const [cpu, start] = [server.cpuMs(), performance.now()]
  await setTimeout(SECONDS * 1000)
  return (server.cpuMs() - cpu) / (performance.now() - start)
}

async function ask({ url, token }: ApiServer, path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
  const authorization = `Bearer ${token}`
  const post = body && { method: 'POST', body: JSON.stringify(body), headers: { authorization, 'content-type': 'application/json' } }
  const answer = await fetch(`${url}/api/v1${path}`, post ?? { headers: { authorization } })
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`)
  return answer.status === 204 ? {} : ((await answer.json()) as Readonly<Record<string, unknown>>)
}

function residentMb({ pid }: ApiServer): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

function row(name: string, figure: string, more = ''): void {
  process.stdout.write(`${name.padEnd(28)} ${figure.padStart(10)} ${more}\n`)
}
