import type { Report } from '../../cmdb-api/contract.ts'
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
  readonly report?: Report
}
