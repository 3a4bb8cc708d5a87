import type { Receipt } from '../../cmdb-api/contract.ts'
import { CertError, StorageError } from '../errors.ts'
import { whole } from '../packed-report.ts'
import { assetKeeper } from '../pin.ts'
import { CAUSES, type Cause } from '../ssh/causes.ts'
import { hostCertFile, keepHostCert } from '../ssh/host-certs.ts'
import type { Collected } from '../ssh/results.ts'
import type { Answer, Deliveries } from './deliveries.ts'
import { failedResult, type HostResult } from './result.ts'

/**
 * Pins a collected host's name in the collector's own store, then spools and posts its report. Never rejects: what went wrong is the result.
 *
 * @param host the entry of the host list
 */
export async function deliverResult(host: string, result: Collected, deliveries: Deliveries, dataFolder: string): Promise<HostResult> {
  try {
    return told(host, result, await deliver(result, deliveries, dataFolder))
  } catch (error) {
    const cause = error instanceof CertError ? 'cert' : error instanceof StorageError ? 'storage' : 'internal'
    return undelivered(host, result, cause, error instanceof Error ? error.message : String(error))
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
  return { host, name, status: 'ok', cause: null, message: null, ms, retryable: false, outcome: null, assetId: null, warnings: [] }
}

function undelivered(host: string, { name, ms }: Collected, cause: Cause, message: string): HostResult {
  return failedResult({ host, name, cause, message: `${host}: ${message}`, ms, retryable: CAUSES[cause].retryable })
}

function told(host: string, result: Collected, answer: Answer): HostResult {
  if ('left' in answer) return answer.left === 'sent' ? good(host, result) : undelivered(host, result, 'storage', GAVE_WAY)
  if ('waits' in answer) return undelivered(host, result, answer.waits instanceof StorageError ? 'storage' : 'api', answer.waits.message)
  const { outcome, errors, identity, warnings } = answer.receipt
  // One that still lacks something with all its data is set aside as a rejected one is.
  if (outcome === 'rejected' || outcome === 'incomplete') {
    const why = errors.map(({ message }) => message).join('; ') || 'the API wants more than there is'
    return { ...undelivered(host, result, 'rejected', why), outcome, warnings }
  }
  return {
    ...good(host, result),
    name: identity?.name ?? result.name,
    outcome,
    assetId: identity?.assetId ?? null,
    warnings: [...warnings, ...errors.map(({ message }) => message), ...remarksOn(result, answer.receipt)],
  }
}

/** A name of the list, or one that was pinned, never renames an asset: that is for a person to do. */
function remarksOn({ name }: Collected, { identity }: Receipt): string[] {
  return identity !== null && identity.name !== name ? [`the register has it as ${identity.name}, and keeps that name`] : []
}
