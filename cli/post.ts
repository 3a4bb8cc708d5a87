import { join } from 'node:path'
import type { Collected } from '../collector/collect.ts'
import { deliver } from '../collector/deliver.ts'
import { findApi } from '../collector/local-api.ts'
import { Spool } from '../collector/spool.ts'
import type { Receipt, Report } from '../cmdb-api/contract.ts'
import { resolveSecret } from '../conf/secrets.ts'
import type { Setup } from './setup.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { print, printable, printJson, tell } from './text.ts'

interface Posting {
  readonly collected: Collected
  readonly loaded: Setup
  readonly json: boolean
}

/** The API that the settings name, or that of this machine. */
export async function apiOf({ settings: { api }, folder }: Setup) {
  const token = api.token === null ? null : resolveSecret(api.token, 'api.token')
  const found = await findApi({ ...api, token }, folder)
  if (found === null)
    throw new UsageError(
      'there is no API to talk to: start one with "rollcall up", or name one with the setting api.url (ROLLCALL_API__URL)',
    )
  return found
}

/** Posts a report, and all that waits before it; tells what came of it. */
export async function post({ collected, loaded, json }: Posting): Promise<number> {
  const { settings, folder, certFile } = loaded
  const api = await apiOf(loaded)
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  const receipts: Receipt[] = []
  const told: string[] = []
  const onReceipt = async ({ identity }: Report, receipt: Receipt): Promise<void> => {
    receipts.push(receipt)
    told.push(describe(identity.name, receipt))
  }
  const { left, stopped, dropped, unreadable, troubles } = await deliver({ collected, certFile, spool, api, onReceipt })
  if (dropped > 0) tell(`the spool was full: ${dropped} of the oldest reports gave way`)
  if (unreadable > 0)
    tell(`${unreadable} of the files in ${spool.folder} were no reports: they lie in ${join(spool.folder, 'unreadable')} now`)
  for (const trouble of troubles) tell(trouble.message)
  if (json) printJson({ receipts, waiting: left })
  else for (const one of told) print(one)
  if (stopped !== null) {
    tell(`${left} ${left === 1 ? 'report waits' : 'reports wait'} in ${spool.folder}: the next "rollcall collect --post" sends them`)
    throw stopped
  }
  return receipts.every(({ outcome }) => outcome !== 'rejected') ? EXIT.done : EXIT.failed
}

/** A receipt in a line or a few. */
export function describe(name: string, { outcome, identity, changes, matchedBy, warnings, errors }: Receipt): string {
  const how = matchedBy === null || matchedBy === 'new' ? '' : `, matched by ${matchedBy}`
  const head = `${identity?.name ?? name}: ${outcome}${changes > 0 ? `, ${changes} ${changes === 1 ? 'change' : 'changes'}` : ''}${how}`
  return [head, ...warnings.map((one) => `  ${one}`), ...errors.map(({ pointer, message }) => `  ${pointer || 'report'}: ${message}`)]
    .map(printable)
    .join('\n')
}
