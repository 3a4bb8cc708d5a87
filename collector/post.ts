import { OUTCOMES, type Receipt, type Report } from '../cmdb-api/contract.ts'
import { postJson, type Api } from './api-client.ts'
import { ApiRefused, ApiUnreachable } from './errors.ts'

/** Time and chance, as far as waiting needs them. */
export interface Clock {
  now(): number
  wait(milliseconds: number): Promise<void>
  /** From 0 to less than 1. */
  random(): number
}

export interface Patience {
  /** Tries of one request. */
  readonly attempts: number
  /** Longest single wait in milliseconds; an API that asks for more is given up for now. */
  readonly maxWaitMs: number
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: () => Math.random(),
}

/**
 * Posts reports and gives back their receipts, in the same order. Tries again while the API cannot be reached, waiting longer each time
 * and never all hosts at once, but at least as long as the API asks for.
 *
 * @throws {ApiError}
 */
export async function postReports(
  api: Api,
  reports: readonly Report[],
  { clock, patience: { attempts, maxWaitMs } }: { readonly clock: Clock; readonly patience: Patience },
): Promise<Receipt[]> {
  const body = JSON.stringify({ reports })
  for (let attempt = 1; ; attempt += 1) {
    try {
      return receiptsIn(await postJson(api, '/api/v1/reports', body), reports, api.url)
    } catch (error) {
      if (!(error instanceof ApiUnreachable) || attempt >= attempts || api.signal?.aborted === true) throw error
      const asked = error.retryAfterMs ?? 0
      if (asked > maxWaitMs) throw error
      await clock.wait(Math.min(maxWaitMs, asked + clock.random() * FIRST_WAIT_MS * 2 ** attempt))
    }
  }
}

const FIRST_WAIT_MS = 500

/** Checks what the collector acts upon; the rest is for people to read. */
function receiptsIn(answer: unknown, reports: readonly Report[], url: string): Receipt[] {
  const receipts: unknown = typeof answer === 'object' && answer !== null && 'receipts' in answer ? answer.receipts : undefined
  if (!Array.isArray(receipts) || receipts.length !== reports.length || !receipts.every((one, index) => isReceipt(one, reports[index]!)))
    throw new ApiRefused(`${url} answered without a receipt for each report: is api.url the address of a rollcall API?`, 200)
  return receipts as Receipt[] // isReceipt has looked at each.
}

function isReceipt(value: unknown, { id }: Report): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { reportId, outcome, needs, identity } = value as Partial<Record<keyof Receipt, unknown>>
  return (
    (reportId === id || reportId === null) &&
    OUTCOMES.some((one) => one === outcome) &&
    Array.isArray(needs) &&
    needs.every((one) => typeof one === 'string') &&
    (identity === null || (typeof identity === 'object' && typeof (identity as { assetId?: unknown }).assetId === 'string'))
  )
}
