import { join } from 'node:path'
import { failedErrand, type Errand, type ErrandResult, type Receipted } from '../collector/agent/errand.ts'
import type { Selection } from '../collector/agent/plan.ts'
import type { Api } from '../collector/api-client.ts'
import type { Collected } from '../collector/collect.ts'
import { deliver } from '../collector/deliver.ts'
import { ApiUnreachable, isApiError } from '../collector/errors.ts'
import { findApi } from '../collector/local-api.ts'
import { startLocal } from '../collector/local-runner.ts'
import type { OnReceipt } from '../collector/reporter.ts'
import { Spool } from '../collector/spool.ts'
import { ConfError } from '../conf/errors.ts'
import { resolveSecret, variablesIn } from '../conf/secrets.ts'
import type { Plugin } from '../plugins/define.ts'
import { BUILTINS } from '../plugins/index.ts'
import { answer, giveSignOfLife, readLetter, unpack, type ErrandLetter } from './agent-letters.ts'
import { collectHere } from './collect-here.ts'
import { explain, isForeseen } from './explain-error.ts'
import { loadPlugins, type Setup } from './setup.ts'

/** Does one errand of the agent, told on standard input, and prints its result as JSON. Ends on SIGTERM, and with a killed agent, with all that it started. */
export default async function agentErrand(): Promise<never> {
  const stopping = new AbortController()
  process.once('SIGTERM', () => stopping.abort())
  const { errand, setup } = (await readLetter(() => stopping.abort())) as ErrandLetter // Written by the agent.
  const result = await doErrand(errand, unpack(setup), stopping.signal).catch((error: unknown) => failedErrand(told(error)))
  return await answer(result)
}

/** The agent says it, once for many times; only what nobody foresaw is told at length. */
function told(error: unknown): string {
  if (!isForeseen(error)) explain(error)
  return error instanceof Error ? error.message : String(error)
}

/** What waits is posted whatever comes of the collection. */
async function doErrand({ collect, post }: Errand, loaded: Setup, signal: AbortSignal): Promise<ErrandResult> {
  const { settings, folder, certFile } = loaded
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  let failed: string | null = null
  const orTold = async <T>(work: () => Promise<T>): Promise<T | null> =>
    await work().catch((error: unknown) => {
      failed = told(error)
      return null
    })
  const collected = collect === null ? null : await orTold(async () => await collectSelected(collect, loaded, signal))
  // What was cut short on purpose is no observation.
  if (signal.aborted) return failedErrand('stopped')
  const receipts: Receipted[] = []
  const onReceipt: OnReceipt = async ({ id, identity }, { outcome, changes, warnings, errors }) => {
    giveSignOfLife()
    receipts.push({ reportId: id, name: identity.name, outcome, changes, remarks: [...warnings, ...errors.map(({ message }) => message)] })
  }
  const { api, hindrance } = post ? await apiOrWhyNot(loaded, signal) : { api: null, hindrance: null }
  // What cannot be posted now waits; the agent knows when to try again.
  const delivery = { certFile, spool, api, patience: { attempts: 1, maxWaitMs: 0 }, onReceipt }
  const delivered = collected === null ? null : await orTold(async () => await deliver({ ...delivery, collected }))
  const { left, troubles, dropped, unreadable, stopped } = delivered ?? (await deliver({ ...delivery, collected: null }))
  const cause = stopped ?? hindrance
  return {
    reportId: delivered === null ? null : (collected?.report.id ?? null),
    sections: Object.fromEntries(Object.entries(collected?.report.sections ?? {}).map(([name, { status }]) => [name, status])),
    receipts: receipts.slice(-RECEIPTS),
    waiting: left,
    dropped,
    unreadable,
    unanswered:
      cause === null ? null : { reason: cause.message, retryAfterMs: cause instanceof ApiUnreachable ? cause.retryAfterMs : null },
    troubles: troubles.map(({ message }) => message),
    failed,
  }
}

/** What was collected is kept also where a token or the file of an authority cannot be read. */
async function apiOrWhyNot(
  { settings, folder }: Setup,
  signal: AbortSignal,
): Promise<{ readonly api: Api | null; readonly hindrance: Error | null }> {
  try {
    const token = settings.api.token === null ? null : resolveSecret(settings.api.token, 'api.token')
    const found = await findApi({ ...settings.api, token }, folder)
    return { api: found === null ? null : { ...found, signal }, hindrance: null }
  } catch (error) {
    if (!isApiError(error) && !(error instanceof ConfError)) throw error
    return { api: null, hindrance: error }
  }
}

/** After days without the API, thousands come at once; the agent shows the last few. */
const RECEIPTS = 100

async function collectSelected({ plugins: names, othersBut }: Selection, loaded: Setup, signal: AbortSignal): Promise<Collected> {
  // Those of the settings by their names, foreign ones too; another built-in one may be asked for by name.
  const own = await loadPlugins(loaded)
  const others = othersBut === null ? [] : own.filter(({ name }) => !othersBut.includes(name))
  const named = await Promise.all(names.map(async (name) => own.find((one) => one.name === name) ?? (await builtin(name))))
  const plugins = [...new Set([...named.filter((one) => one !== null), ...others])]
  const skipped = names.filter((_, index) => named[index] === null)
  return await collectHere(loaded, { run: startLocal({ signal, hidden: () => variablesIn(loaded.settings) }), plugins, skipped, pin: true })
}

async function builtin(name: string): Promise<Plugin | null> {
  return Object.hasOwn(BUILTINS, name) ? (await BUILTINS[name]!()).default : null
}
