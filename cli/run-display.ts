import type { HostResult } from '../collector/run/result.ts'
import { progressLine } from '../collector/run/progress.ts'
import { failuresOf, outcomesOf, sharedAssets } from '../collector/run/summary.ts'
import { wordOf, type Cause } from '../collector/ssh/causes.ts'
import { table } from './table.ts'
import { print, printable, tell, wrapped } from './text.ts'

const LIVE_MS = 200
const QUIET_MS = 60_000
/** So many hosts are named with what became of each. */
const FEW = 5

/** What a run shows while it goes on: results on stdout, how far it is on stderr. */
export class RunDisplay {
  readonly #all: number
  readonly #json: boolean
  readonly #advice: Parameters<typeof failuresOf>[1]
  readonly #isLive = process.stderr.isTTY
  readonly #began = performance.now()
  readonly #results: HostResult[] = []
  readonly #resting = new Map<unknown, Cause>()
  readonly #timer: NodeJS.Timeout
  #running = 0

  constructor(all: number, { json, advice }: { readonly json: boolean; readonly advice?: Parameters<typeof failuresOf>[1] }) {
    this.#all = all
    this.#json = json
    this.#advice = advice
    this.#timer = setInterval(() => this.#show(), this.#isLive ? LIVE_MS : QUIET_MS)
  }

  get results(): readonly HostResult[] {
    return this.#results
  }

  running(by: 1 | -1): void {
    this.#running += by
  }

  /** A host waits for another try, and why; null: it does no longer. */
  resting(host: unknown, cause: Cause | null): void {
    if (cause === null) this.#resting.delete(host)
    else this.#resting.set(host, cause)
  }

  add(result: HostResult): void {
    // The report of a finished host is printed, not kept.
    const { report: _, ...kept } = result
    this.#results.push(kept)
    if (this.#json) {
      this.#clear()
      print(JSON.stringify({ ...result, cause: result.cause && wordOf(result.cause) }))
      return
    }
    if (result.cause !== null) this.#tell(`${wordOf(result.cause)}: ${result.message ?? result.host}`)
    for (const warning of result.warnings) this.#tell(`${result.host}: ${warning}`)
  }

  /** Ends the live line; nothing more is shown. */
  close(): void {
    clearInterval(this.#timer)
  }

  /** The last line, what the run has achieved, and what failed by cause, with what to do. */
  end(): void {
    this.close()
    this.#tell(this.#line())
    this.#tellAchieved()
    this.#tellFailures()
  }

  #tellAchieved(): void {
    const outcomes = outcomesOf(this.#results)
    if (outcomes === null) return
    this.#tell(`in the register: ${outcomes}`)
    const named = this.#results.filter(({ assetId }) => assetId !== null)
    if (named.length <= FEW && !this.#json) {
      for (const { host, name, outcome } of named) this.#tell(`  ${name} (${host}): ${outcome}`)
      if (named[0] !== undefined) this.#tell(`"rollcall asset ${named[0].name}" shows it`)
    }
    const shared = sharedAssets(this.#results)
    for (const { name, hosts } of shared.slice(0, FEW))
      this.#tell(`${hosts.length} hosts are one asset, ${name}: ${some(hosts)}. One machine by several names, or a copy with its identity?`)
    if (shared.length > FEW) this.#tell(`and ${shared.length - FEW} more assets of several hosts: see assetId in the lines of --json`)
  }

  #tellFailures(): void {
    const failures = failuresOf(this.#results, this.#advice)
    if (failures.length === 0) return
    const to = process.stderr
    const columns = [
      { title: 'CAUSE', value: ({ cause }: (typeof failures)[0]) => wordOf(cause) },
      { title: 'HOSTS', value: ({ count }: (typeof failures)[0]) => count, right: true },
      { title: 'SUCH AS', value: ({ hosts, count }: (typeof failures)[0]) => hosts.join(' ') + (count > hosts.length ? ' ...' : '') },
    ] as const
    tell(`\n${table(failures, columns, { to })}\n`)
    for (const { cause, advice } of failures) {
      const word = wordOf(cause)
      tell(`${word}: ${wrapped(advice, to.columns ?? Number.POSITIVE_INFINITY, word.length + 2)}`)
    }
  }

  #show(): void {
    // A line that wraps could not be drawn over.
    if (this.#isLive) process.stderr.write(`\r\u{1b}[K${this.#line().slice(0, (process.stderr.columns || 80) - 1)}`)
    else tell(this.#line())
  }

  #clear(): void {
    if (this.#isLive) process.stderr.write('\r\u{1b}[K')
  }

  /** A line of its own, above the live one. */
  #tell(text: string): void {
    this.#clear()
    tell(printable(text))
  }

  #line(): string {
    const done = this.#results.length
    const failed = this.#results.filter(({ status }) => status === 'failed').length
    return progressLine({
      all: this.#all,
      done,
      failed,
      running: this.#running,
      resting: [...this.#resting.values()].map(wordOf),
      elapsedMs: performance.now() - this.#began,
    })
  }
}

function some(hosts: readonly string[]): string {
  return `${hosts.slice(0, FEW).join(', ')}${hosts.length > FEW ? ', ...' : ''}`
}
