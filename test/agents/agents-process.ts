import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '../../cmdb-api/contract.ts'
import { Agent } from '../../collector/agent/agent.ts'
import { failedErrand, type RunErrand } from '../../collector/agent/errand.ts'
import { spreadOf } from '../../collector/agent/schedule.ts'
import type { Api } from '../../collector/api-client.ts'
import { readCert } from '../../collector/cert.ts'
import { collectHost } from '../../collector/collect.ts'
import { deliver } from '../../collector/deliver.ts'
import { ApiUnreachable } from '../../collector/errors.ts'
import { Spool } from '../../collector/spool.ts'
import { DEFAULTS } from '../../conf/defaults.ts'
import user from '../../plugins/builtin/user.ts'
import { accountsAt, captureAt } from './truth.ts'

/** What a process of simulated agents is told on its command line, as JSON. */
export interface Simulated {
  readonly hosts: readonly string[]
  readonly folder: string
  readonly api: Api
  /** Simulated milliseconds in a real one. */
  readonly speed: number
  /** Real time at which simulated time begins, at the same moment. */
  readonly epoch: number
  /** Simulated time after which nothing is collected; what waits is still posted. */
  readonly until: number
}

/** One line of an agent's diary: it is about to spool a report (`+`), or the report is on disk for good (`=`). */
export interface DiaryLine {
  readonly mark: '+' | '='
  readonly id: string
  readonly seq: number
  readonly accounts: readonly string[]
}

const simulated = JSON.parse(process.argv[2]!) as Simulated // Written by the simulation.
const { epoch, speed, until, api } = simulated
const now = (): number => epoch + (Date.now() - epoch) * speed
const timing = {
  now,
  uptime: now,
  after: (ms: number, call: () => void) => {
    const timer = setTimeout(call, ms / speed)
    return () => clearTimeout(timer)
  },
}

/** Writes the diary around the moment after which a report must not be lost. */
class DiarySpool extends Spool {
  readonly note: (mark: DiaryLine['mark'], report: Report) => void

  constructor(folder: string, note: (mark: DiaryLine['mark'], report: Report) => void) {
    super(folder, { maxBytes: 64 * 1024 * 1024 })
    this.note = note
  }

  override async put(report: Report): Promise<{ readonly dropped: number }> {
    this.note('+', report)
    const result = await super.put(report)
    this.note('=', report)
    return result
  }
}

function errandOf(host: string, folder: string): RunErrand {
  const certFile = join(folder, 'cert')
  const note = (mark: DiaryLine['mark'], { id, seq, collectedAt }: Report): void =>
    appendFileSync(
      join(folder, 'diary'),
      `${JSON.stringify({ mark, id, seq, accounts: accountsAt(host, Date.parse(collectedAt)) } satisfies DiaryLine)}\n`,
    )
  const spool = new DiarySpool(join(folder, 'spool'), note)
  const patience = { attempts: 1, maxWaitMs: 0 }
  return async ({ collect, post }) => {
    const at = now()
    const collected =
      collect === null || at >= until
        ? null
        : await collectHost({
            plugins: [user],
            run: () => Promise.resolve(captureAt(host, at)),
            cert: await readCert(certFile),
            pin: true,
            address: host,
            collector: { version: '0.0.0', mode: 'agent', name: host },
            now: () => at,
          })
    const { left, stopped, dropped } = await deliver({ collected, certFile, spool, api: post ? api : null, patience })
    const unanswered =
      stopped === null ? null : { reason: stopped.name, retryAfterMs: stopped instanceof ApiUnreachable ? stopped.retryAfterMs : null }
    return { ...failedErrand(''), failed: null, waiting: left, dropped, unanswered }
  }
}

for (const host of simulated.hosts) {
  const folder = join(simulated.folder, host)
  mkdirSync(folder, { recursive: true })
  const agent = await Agent.plan({
    settings: { ...DEFAULTS, agent: { ...DEFAULTS.agent, every: '10m', jitter: '5m' } },
    central: null,
    spread: spreadOf(host),
    runErrand: errandOf(host, folder),
    onTaskResult: () => undefined,
    timing,
    random: Math.random,
    log: () => undefined,
  })
  agent.begin(300_000)
}
