import type { Cert } from '../cert.ts'
import type { PackedReport } from '../packed-report.ts'
import type { Cause } from './causes.ts'

/** What became of one entry of the host list. Plain data: it comes back from a thread. */
export type TargetResult = Collected | Failed | Stopped

interface Common {
  /** Of the host list's entry, as `entryKey` makes it. */
  readonly key: string
  /** The report's name; of a host that failed the list's name, else its address. */
  readonly name: string
  /** From the first look at the entry to its result. */
  readonly ms: number
  /** Lines for known_hosts: of this host, and of gateways that its thread has seen for the first time since its last result. */
  readonly newHostKeys: readonly string[]
}

/** The report is text: objects would be copied between threads, which costs more than parsing did. */
export interface Collected extends Common, PackedReport {
  readonly status: 'ok'
  readonly cert: Cert | null
  readonly before: Cert | null
}

export interface Failed extends Common {
  readonly status: 'failed'
  readonly cause: Cause
  /** What happened, for people: `user@host: …`. */
  readonly message: string
  readonly retryable: boolean
}

/** The run was stopped before the host was done: nothing is known of it. */
export interface Stopped extends Common {
  readonly status: 'stopped'
}
