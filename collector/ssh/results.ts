import type { Report } from '../../cmdb-api/contract.ts'
import type { Cert } from '../cert.ts'
import type { ReportHead } from '../spool-names.ts'
import type { Cause } from './causes.ts'

/** What became of one entry of the host list. Plain data: it comes back from a thread. */
export type TargetResult = Collected | Failed

interface Common {
  /** Of the host list's entry, as `entryKey` makes it. */
  readonly key: string
  /** The report's name; of a host that failed the list's name, else its address. */
  readonly name: string
  /** From the first look at the entry to its result. */
  readonly ms: number
  /** Lines for known_hosts: of all hosts and gateways that this thread has seen for the first time since its last result. */
  readonly newHostKeys: readonly string[]
}

export interface Collected extends Common {
  readonly status: 'ok'
  readonly head: ReportHead
  /** The report as JSON text in UTF-8, moved from the thread that made it: objects would be copied, which costs more than parsing did. */
  readonly json: Uint8Array<ArrayBuffer>
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

/** A report as it is handed on: what is looked at on the way, and the rest as bytes. */
export function pack(report: Report, json = new TextEncoder().encode(JSON.stringify(report))): Pick<Collected, 'name' | 'head' | 'json'> {
  const { id, seq, identity } = report
  return { name: identity.name, head: { id, seq, identity }, json }
}

/** The report of a result. */
export function reportOf({ json }: Collected): Report {
  return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8')) as Report // Written by our own thread.
}
