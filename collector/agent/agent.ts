import type { Settings } from '../../conf/schema.ts'
import { milliseconds } from '../../conf/duration.ts'
import { ScheduleError } from '../errors.ts'
import type { Central } from './central.ts'
import { Comeback } from './comeback.ts'
import type { Errand, ErrandResult, RunErrand } from './errand.ts'
import { Complaints, type Log } from './journal.ts'
import { planOf, selectionOf, type Plan } from './plan.ts'
import { Queue } from './queue.ts'
import { Scheduler, type Timing } from './scheduler.ts'
import { Statistics } from './statistics.ts'
import type { Task, TaskResult } from './tasks.ts'

export interface AgentOptions {
  readonly settings: Settings
  readonly central: Central | null
  /** This host's place in its fleet, from 0 to less than 1; the same at every start. */
  readonly spread: number
  readonly runErrand: RunErrand
  /** Called with the result of a task, as soon as there is one; never rejects. */
  readonly onTaskResult: (task: Task, result: TaskResult) => void
  readonly timing: Timing
  readonly random: () => number
  readonly log: Log
}

/** A periodic job beside the lines of the plan, none of which has an empty name: what waits in the spool is posted. */
const DELIVER = ''

/**
 * What runs when on this host. Two queues, each with a child process of its own at most: what a person asked for never waits for what is
 * periodic.
 */
export class Agent {
  readonly complaints: Complaints
  readonly statistics = new Statistics()
  readonly #options: AgentOptions
  readonly #scheduler: Scheduler
  readonly #periodic: Queue<string>
  readonly #oneOff: Queue<Task>
  readonly #comeback: Comeback
  #settings: Settings
  #central: Central | null
  #plan: Plan = new Map()
  #replanned: Promise<void> = Promise.resolve()
  #hasBegun = false
  #isInTime = true
  #cancelFirst: () => void = () => undefined
  /** null: none is to come. */
  #cancelDelivery: (() => void) | null = null
  /** Before this `uptime` the API wants to be left alone. */
  #notBefore = 0

  private constructor(options: AgentOptions) {
    this.#options = options
    this.#settings = options.settings
    this.#central = options.central
    this.complaints = new Complaints(options.log)
    this.#comeback = new Comeback(options.random)
    this.#scheduler = new Scheduler({ timing: options.timing, onDue: (names) => this.#begin(names) })
    this.#periodic = new Queue({ work: (names, signal) => this.#collect(names, signal), together: true, keyOf: (name) => name })
    this.#oneOff = new Queue({ work: ([task], signal) => this.#fulfil(task!, signal), together: false, keyOf: ({ id }) => id })
  }

  /**
   * An agent that has a plan, and does nothing yet.
   *
   * @throws {ScheduleError}
   */
  static async plan(options: AgentOptions): Promise<Agent> {
    const agent = new Agent(options)
    await agent.#replan({})
    return agent
  }

  /** Does its whole plan once, at this host's own moment within the next `firstWithinMs` (null: not at all), and then as the schedules say. */
  begin(firstWithinMs: number | null): void {
    const { timing, spread } = this.#options
    this.#hasBegun = true
    this.#schedule()
    if (firstWithinMs === null) return
    this.#cancelFirst = timing.after(spread * firstWithinMs, () => this.#add([...this.#plan.keys()]))
  }

  /**
   * Goes on with other settings: what is no more is forgotten, what runs comes to its end, what is due is reckoned anew, what is new runs at once.
   *
   * @throws {ScheduleError} and the old ones stay in force
   */
  async useSettings(settings: Settings): Promise<void> {
    await this.#replan({ settings })
  }

  /** Goes on with what the API decided. A schedule that makes no sense leaves the old one in force, and is complained about. */
  async useCentral(central: Central | null): Promise<void> {
    try {
      await this.#replan({ central })
      this.complaints.about('the configuration of the API', null)
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error
      this.complaints.about('the configuration of the API', error.message)
    }
  }

  /** Does what a person asked for, once. */
  addTask(task: Task): void {
    this.#oneOff.add(task)
  }

  /** Ids of tasks that wait or run. */
  get tasks(): readonly string[] {
    return this.#oneOff.keys
  }

  /** Names of lines of the plan that are under way. */
  get running(): readonly string[] {
    return this.#periodic.running.filter((name) => name !== DELIVER)
  }

  get plan(): Plan {
    return this.#plan
  }

  /** When each line of the plan is due next, in milliseconds since 1970. */
  get upcoming(): ReadonlyMap<string, number | null> {
    return this.#scheduler.upcoming
  }

  /** Ends what runs. What was collected waits in the spool. */
  async stop(): Promise<void> {
    this.#scheduler.replace(new Map())
    this.#cancelFirst()
    this.#cancelDelivery?.()
    await Promise.all([this.#periodic.stop(), this.#oneOff.stop()])
  }

  /** One after the other: what comes meanwhile is added to what the one before has put in force. */
  async #replan(change: { readonly settings?: Settings; readonly central?: Central | null }): Promise<void> {
    const done = this.#replanned.then(async () => await this.#replanNow({ settings: this.#settings, central: this.#central, ...change }))
    this.#replanned = done.catch(() => undefined)
    await done
  }

  async #replanNow({ settings, central }: { readonly settings: Settings; readonly central: Central | null }): Promise<void> {
    const { agent } = settings
    const plan = await planOf(agent, milliseconds(agent.jitter), agent.central ? central : null, this.#options.spread)
    const newcomers = [...plan].filter(([name, { plugin }]) => this.#plan.get(name)?.plugin !== plugin).map(([name]) => name)
    this.#settings = settings
    this.#central = central
    this.#plan = plan
    this.#periodic.forget((name) => name !== DELIVER && (!plan.has(name) || newcomers.includes(name)))
    if (!this.#hasBegun) return
    this.#schedule()
    // Whoever adds a plugin that runs once a day does not want to wait for a day.
    this.#add(newcomers)
  }

  #schedule(): void {
    this.#scheduler.replace(new Map([...this.#plan].map(([name, { schedule }]) => [name, schedule])))
  }

  /** @returns false where one was left out */
  #add(names: readonly string[]): boolean {
    const skipped = names.filter((name) => !this.#periodic.add(name))
    for (const name of skipped) this.statistics.skipped(name)
    return skipped.length === 0
  }

  /** What is due by the clock: people hear of it where there is no time for all of it. */
  #begin(names: readonly string[]): void {
    const wasInTime = this.#isInTime
    this.#isInTime = this.#add(names)
    if (!this.#isInTime) this.complaints.about('schedule', 'a run was due while the one before still went on, and was left out')
    // Of runs that always take too long, each second one begins in time.
    else if (wasInTime) this.complaints.about('schedule', null)
  }

  async #collect(names: readonly string[], signal: AbortSignal): Promise<void> {
    const services = names.filter((name) => this.#plan.has(name))
    const collect = services.length === 0 ? null : selectionOf(this.#plan, services)
    const post = names.includes(DELIVER) || this.#options.timing.uptime() >= this.#notBefore
    const { result, at, ms } = await this.#run({ collect, post }, signal)
    if (signal.aborted) return
    this.statistics.ran(services, { at, ms, result })
  }

  async #fulfil(task: Task, signal: AbortSignal): Promise<void> {
    const collect = { plugins: task.plugins ?? [], othersBut: task.plugins === null ? [] : null }
    const { result, at, ms } = await this.#run({ collect, post: true }, signal)
    // The API offers it again when the agent is back.
    if (signal.aborted) return
    this.statistics.ran([], { at, ms, result })
    this.#options.onTaskResult(task, resultOf(result))
  }

  async #run(errand: Errand, signal: AbortSignal) {
    const { timing, runErrand, log } = this.#options
    const at = timing.now()
    const since = timing.uptime()
    const result = await runErrand(errand, signal)
    const ms = Math.round(timing.uptime() - since)
    if (!signal.aborted) {
      this.#heed(errand, result)
      for (const { name, outcome, changes } of result.receipts) log('info', 'receipt', { name, outcome, changes, ms })
    }
    return { result, at, ms }
  }

  /** Complains, and sees to it that what waits is posted. */
  #heed({ post }: Errand, { failed, troubles, unanswered, dropped, unreadable, waiting }: ErrandResult): void {
    const isAllPosted = post && unanswered === null && waiting === 0
    this.complaints.about('collection', failed)
    this.complaints.about('disk', troubles[0] ?? null)
    // Said once; how many, `agent status` counts.
    if (dropped > 0) this.complaints.about('spool', 'it is full, or the disk is: reports are lost, the oldest first')
    else if (unreadable > 0) this.complaints.about('spool', 'it held files that are no reports: they lie in spool/unreadable now')
    else if (waiting === 0) this.complaints.about('spool', null)
    if (unanswered !== null || isAllPosted) this.complaints.about('API', unanswered?.reason ?? null)
    if (isAllPosted) this.#answered()
    else if (unanswered !== null) this.#leaveAlone(unanswered.retryAfterMs)
    else if (waiting !== 0 && this.#cancelDelivery === null) this.#deliverAfter(this.#comeback.failed(null))
  }

  #answered(): void {
    this.#comeback.answered()
    this.#notBefore = 0
    this.#cancelDelivery?.()
    this.#cancelDelivery = null
  }

  #leaveAlone(retryAfterMs: number | null): void {
    const wait = this.#comeback.failed(retryAfterMs)
    this.#notBefore = this.#options.timing.uptime() + wait
    this.#deliverAfter(wait)
  }

  #deliverAfter(ms: number): void {
    this.#cancelDelivery?.()
    this.#cancelDelivery = this.#options.timing.after(ms, () => {
      this.#cancelDelivery = null
      this.#periodic.add(DELIVER)
    })
  }
}

function resultOf({ failed, reportId, receipts, unanswered }: ErrandResult): TaskResult {
  const receipt = receipts.find((one) => one.reportId === reportId)
  return {
    state: failed === null ? 'done' : 'failed',
    reason: failed ?? unanswered?.reason ?? null,
    reportId,
    outcome: receipt?.outcome ?? null,
    changes: receipt?.changes ?? null,
  }
}
