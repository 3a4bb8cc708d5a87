import { whole } from '../packed-report.ts'
import { assetKeeper } from '../pin.ts'
import { CAUSES } from '../ssh/causes.ts'
import { hostCertFile, keepHostCert } from '../ssh/host-certs.ts'
import type { Collected } from '../ssh/results.ts'
import type { Answer, Deliveries } from './deliveries.ts'
import type { HostResult } from './result.ts'

/**
 * Pins a collected host's name in the collector's own store, then spools and posts its report. Never rejects: what went wrong is the result.
 *
 * @param host the entry of the host list
 */
export async function deliverResult(host: string, result: Collected, deliveries: Deliveries, dataFolder: string): Promise<HostResult> {
  try {
    return told(host, result, await deliver(result, deliveries, dataFolder))
  } catch (error) {
    // The name could not be pinned: the store is full, or broken.
    return { ...good(host, result), status: 'failed', cause: 'api', message: error instanceof Error ? error.message : String(error) }
  }
}

/** The result of a collected host whose report is not posted. */
export function keptResult(host: string, result: Collected): HostResult {
  return { ...good(host, result), report: whole(result) }
}

async function deliver(result: Collected, deliveries: Deliveries, dataFolder: string): Promise<Answer> {
  const file = hostCertFile(dataFolder, result.key)
  if (result.cert !== null) await keepHostCert(file, result.cert, result.before)
  const answer = await deliveries.add(result)
  if ('receipt' in answer) await assetKeeper(file)(result.head, answer.receipt)
  return answer
}

const GAVE_WAY = 'the spool is full, and the report gave way to newer ones'

function good(host: string, { name, ms }: Collected): HostResult {
  return { host, name, status: 'ok', cause: null, message: null, ms, retryable: false }
}

function told(host: string, result: Collected, answer: Answer): HostResult {
  if ('left' in answer)
    return answer.left === 'sent'
      ? good(host, result)
      : { ...good(host, result), status: 'failed', cause: 'api', message: GAVE_WAY, retryable: CAUSES.api.retryable }
  if ('waits' in answer)
    return { ...good(host, result), status: 'failed', cause: 'api', message: answer.waits.message, retryable: CAUSES.api.retryable }
  const { outcome, errors, identity } = answer.receipt
  const named = { ...good(host, result), name: identity?.name ?? result.name }
  if (outcome !== 'rejected') return named
  return { ...named, status: 'failed', cause: 'api', message: errors.map(({ message }) => message).join('; '), retryable: false }
}
