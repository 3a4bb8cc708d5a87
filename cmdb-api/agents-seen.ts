import { isDeepStrictEqual } from 'node:util'
import { putAgents, sweepAgents, type AgentRow } from '../repository/agents.ts'
import type { Register } from '../repository/connect.ts'

/** Rows of one transaction. */
const CHUNK = 1000
const WRITE_EVERY_MS = 5000
/** How old the time in the database may grow while nothing else about an agent changes. */
const TIME_EVERY_MS = 15 * 60_000
/** An agent that has not asked for so long is listed no more: names and certs are what askers say, and cost a row each. */
const KEPT_MS = 90 * 86_400_000
const SWEEP_EVERY_MS = 86_400_000

/**
 * Which agents asked, and when, written in batches: an agent asks every few minutes for years, and hardly ever is anything new but the time.
 * What is not written yet is lost with the process; the agent's next question brings it again. An agent that asks no more is forgotten here
 * when its last time is written.
 */
export class AgentsSeen {
  readonly #register: Register
  readonly #failed: (error: unknown) => void
  readonly #written = new Map<string, AgentRow>()
  readonly #askedAt = new Map<string, number>()
  #pending = new Map<string, AgentRow>()
  /** Of the newest question. */
  #newest = 0
  #forgotAt = 0
  #sweptAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> = Promise.resolve()

  constructor(register: Register, failed: (error: unknown) => void) {
    this.#register = register
    this.#failed = failed
  }

  add(agent: AgentRow): void {
    this.#askedAt.set(agent.key, agent.asked_at)
    this.#newest = Math.max(this.#newest, agent.asked_at)
    const last = this.#pending.get(agent.key) ?? this.#written.get(agent.key)
    const isFresh = last !== undefined && agent.asked_at - last.asked_at < TIME_EVERY_MS
    if (isFresh && isDeepStrictEqual({ ...agent, asked_at: last.asked_at }, last)) return
    this.#pending.set(agent.key, agent)
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS).unref()
  }

  /** When an agent asked this process last, if it ever did. */
  askedAt(key: string): number | undefined {
    return this.#askedAt.get(key)
  }

  /** Writes all that is pending. Never throws: what failed is kept for the next time. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#flushing = this.#flushing.then(() => this.#write())
    await this.#flushing
  }

  async #write(): Promise<void> {
    if (this.#newest - this.#forgotAt > TIME_EVERY_MS) this.#writeLastTimes()
    // In one order, as all rows that two API processes may write at once.
    const rows = [...this.#pending.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))
    this.#pending = new Map()
    try {
      while (rows.length > 0) {
        const chunk = rows.slice(0, CHUNK)
        await putAgents(this.#register, chunk)
        rows.splice(0, CHUNK)
        for (const row of chunk) this.#keep(row)
      }
      if (this.#newest - this.#sweptAt > SWEEP_EVERY_MS) {
        await sweepAgents(this.#register.db, this.#newest - KEPT_MS)
        this.#sweptAt = this.#newest
      }
    } catch (error) {
      for (const row of rows) if (!this.#pending.has(row.key)) this.#pending.set(row.key, row)
      this.#timer ??= setTimeout(() => void this.flush(), WRITE_EVERY_MS).unref()
      this.#failed(error)
    }
  }

  /** Of agents that have become quiet. */
  #writeLastTimes(): void {
    this.#forgotAt = this.#newest
    for (const row of this.#written.values()) {
      const asked_at = this.askedAt(row.key) ?? row.asked_at
      if (this.#isQuiet(asked_at) && !this.#pending.has(row.key)) this.#pending.set(row.key, { ...row, asked_at })
    }
  }

  /** Remembers what is in the database, for as long as it saves writing. */
  #keep(row: AgentRow): void {
    if (!this.#isQuiet(this.askedAt(row.key) ?? row.asked_at)) this.#written.set(row.key, row)
    else if (!this.#pending.has(row.key)) {
      this.#written.delete(row.key)
      this.#askedAt.delete(row.key)
    }
  }

  #isQuiet(askedAt: number): boolean {
    return this.#newest - askedAt > TIME_EVERY_MS
  }
}
