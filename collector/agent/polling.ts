import { networkInterfaces, hostname } from 'node:os'
import { ConfError } from '../../conf/errors.ts'
import type { Api } from '../api-client.ts'
import { readCert } from '../cert.ts'
import { ApiRefused, ApiUnreachable, CertError, isApiError, StorageError } from '../errors.ts'
import type { Agent } from './agent.ts'
import { askCentral, keepDecided, type Asking, type Decided } from './central.ts'
import { Comeback } from './comeback.ts'
import type { Complaints } from './journal.ts'
import type { Timing } from './scheduler.ts'
import { askForTasks, tellResult, type Task, type TaskResult } from './tasks.ts'

export interface PollingOptions {
  /** null: there is none yet. */
  readonly findApi: () => Promise<Api | null>
  readonly certFile: () => string
  readonly version: string
  readonly timing: Timing
  readonly random: () => number
  readonly signal: AbortSignal
}

/** No API in sight, or one that does not know the host yet: looked for again after this. */
const SOON_MS = 30_000
/** An API that answers at once, and with nothing new, does not know how to wait. */
const LEAST_MS = 5_000
/** A person's wish must not wait long for an API that has just come back. */
const LONGEST_TASK_MS = 60_000

/** Asks the API every `configUpdateInterval` what runs on this host. The last good answer stays in `file`, for a start without the API. */
export async function pollCentral(agent: Agent, options: PollingOptions, file: string, known: Decided | null): Promise<void> {
  const comeback = new Comeback(options.random)
  let decided = known
  await repeat(options, comeback, agent.complaints, 'configuration from the API', async (api) => {
    const asking = await whoAsks(options)
    const now = await askCentral(api, asking, decided)
    if (now !== decided) {
      await agent.useCentral(now.central)
      // With the power, no more is lost than one question.
      await keepDecided(file, now)
    }
    decided = now
    const every = now.central.configUpdateInterval * 1000
    return asking.assetId === null ? Math.min(SOON_MS, every) : every * (0.95 + options.random() / 20)
  })
}

/** Keeps a question open at the API, so that what a person asks for begins within a second or two. */
export class TaskPolling {
  readonly #options: PollingOptions
  /** Offered, and the API has not heard of their end: what it offers again is no new task. */
  readonly #open = new Set<string>()

  constructor(options: PollingOptions) {
    this.#options = options
  }

  async poll(agent: Agent): Promise<void> {
    const { random, timing } = this.#options
    const comeback = new Comeback(random, LONGEST_TASK_MS)
    await repeat(this.#options, comeback, agent.complaints, 'tasks from the API', async (api) => {
      const since = timing.uptime()
      const tasks = await askForTasks(api, await whoAsks(this.#options), [...this.#open])
      const fresh = tasks.filter(({ id }) => !this.#open.has(id))
      for (const task of fresh) {
        this.#open.add(task.id)
        agent.addTask(task)
      }
      return fresh.length === 0 && timing.uptime() - since < LEAST_MS ? LEAST_MS : 0
    })
  }

  /** Tells how a task ended, until the API has heard it or does not want to know any more. Never rejects. */
  async tell({ id }: Task, result: TaskResult): Promise<void> {
    const { findApi, random, timing, signal } = this.#options
    const comeback = new Comeback(random, LONGEST_TASK_MS)
    while (!signal.aborted) {
      try {
        const api = await findApi()
        if (api !== null) {
          await tellResult({ ...api, signal }, id, result)
          break
        }
      } catch (error) {
        if (error instanceof ApiRefused) break
      }
      await waitFor(comeback.failed(null), timing, signal)
    }
    this.#open.delete(id)
  }
}

/** Asks again and again; an API that does not answer later each time. Whatever goes wrong is complained about. Ends with the signal. */
async function repeat(
  { findApi, timing, signal }: PollingOptions,
  comeback: Comeback,
  complaints: Complaints,
  subject: string,
  step: (api: Api) => Promise<number>,
): Promise<void> {
  while (!signal.aborted) {
    let wait = SOON_MS
    try {
      const api = await findApi()
      if (api !== null) wait = await step({ ...api, signal })
      comeback.answered()
      complaints.about(subject, null)
    } catch (error) {
      if (signal.aborted) return
      complaints.about(subject, reasonOf(error))
      wait = comeback.failed(error instanceof ApiUnreachable ? error.retryAfterMs : null)
    }
    await waitFor(wait, timing, signal)
  }
}

/** Of what may be mended while the agent runs (the API, the cert, the disk, the file that a token is in) the message says enough. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isForeseen = isApiError(error) || error instanceof CertError || error instanceof StorageError || error instanceof ConfError
  // Only where it happened: how it came there may differ from time to time, and what is wrong is said once.
  const [where = ''] = /\bat .*/.exec(error.stack ?? '') ?? []
  return isForeseen ? error.message : `${error.name}: ${error.message} ${where}`
}

async function waitFor(ms: number, timing: Timing, signal: AbortSignal): Promise<void> {
  if (signal.aborted || ms <= 0) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = timing.after(ms, resolve)
  const stop = (): void => resolve()
  signal.addEventListener('abort', stop, { once: true })
  await promise
  signal.removeEventListener('abort', stop)
  cancel()
}

async function whoAsks({ certFile, version }: PollingOptions): Promise<Asking> {
  const cert = await readCert(certFile())
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  const address = addresses.find(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0)?.address ?? null
  return { certId: cert?.id ?? null, assetId: cert?.assetId ?? null, name: cert?.name ?? hostname(), address, version }
}
