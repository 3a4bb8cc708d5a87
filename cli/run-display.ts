import type { HostResult } from '../collector/run/result.ts'
import { progressLine } from '../collector/run/progress.ts'
import { failuresOf } from '../collector/run/summary.ts'
import { table } from './table.ts'
import { print, printable, tell } from './text.ts'

const LIVE_MS = 200
const QUIET_MS = 60_000

/** What a run shows while it goes on: results on stdout, how far it is on stderr. */
export class RunDisplay {
  readonly #all: number
  readonly #json: boolean
  readonly #advice: Parameters<typeof failuresOf>[1]
  readonly #isLive = process.stderr.isTTY
  readonly #began = performance.now()
  readonly #results: HostResult[] = []
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

  add(result: HostResult): void {
    // The report of a finished host is printed, not kept.
    const { report: _, ...kept } = result
    this.#results.push(kept)
    if (this.#json) print(JSON.stringify(result))
    else if (result.status === 'failed') this.#tell(`${result.cause}: ${result.message ?? result.host}`)
  }

  /** Ends the live line; nothing more is shown. */
  close(): void {
    clearInterval(this.#timer)
  }

  /** The last line, and what failed by cause, with what to do. */
  end(): void {
    this.close()
    this.#tell(this.#line())
    const failures = failuresOf(this.#results, this.#advice)
    if (failures.length === 0) return
    tell('')
    tell(
      table(
        failures,
        [
          { title: 'CAUSE', value: ({ cause }) => cause },
          { title: 'HOSTS', value: ({ count }) => count, right: true },
          { title: 'SUCH AS', value: ({ hosts, count }) => hosts.join(' ') + (count > hosts.length ? ' ...' : '') },
          { title: 'WHAT TO DO', value: ({ advice }) => advice },
        ],
        process.stderr.columns ?? Number.POSITIVE_INFINITY,
      ),
    )
  }

  #show(): void {
    // A line that wraps could not be drawn over.
    if (this.#isLive) process.stderr.write(`\r\u{1b}[K${this.#line().slice(0, (process.stderr.columns || 80) - 1)}`)
    else tell(this.#line())
  }

  /** A line of its own, above the live one. */
  #tell(text: string): void {
    if (this.#isLive) process.stderr.write('\r\u{1b}[K')
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
      elapsedMs: performance.now() - this.#began,
    })
  }
}
