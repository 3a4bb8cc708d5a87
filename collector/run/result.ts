import type { Receipt, Report } from '../../cmdb-api/contract.ts'
import type { Cause } from '../ssh/causes.ts'

/** What became of one host of a run: a line of `--json`. */
export interface HostResult {
  /** The entry of the host list. */
  readonly host: string
  /** The asset's name, once it is known. */
  readonly name: string | null
  readonly status: 'ok' | 'failed'
  readonly cause: Cause | null
  /** What happened, for people; null of an ok host. */
  readonly message: string | null
  readonly ms: number
  /** Whether a later run may go better without anybody mending anything. */
  readonly retryable: boolean
  /** What the API made of the report; null where it was not asked, or has not answered. */
  readonly outcome: Receipt['outcome'] | null
  /** The asset that the report was recorded for; null where it was for none. */
  readonly assetId: string | null
  /** What a person should know although the host is fine. */
  readonly warnings: readonly string[]
  readonly report?: Report
}

/** Of a host that has no report, or whose report reached nobody. */
export function failedResult(what: Pick<HostResult, 'host' | 'name' | 'ms' | 'retryable'> & { cause: Cause; message: string }): HostResult {
  const { host, name, cause, message, ms, retryable } = what
  return { host, name, status: 'failed', cause, message, ms, retryable, outcome: null, assetId: null, warnings: [] }
}
