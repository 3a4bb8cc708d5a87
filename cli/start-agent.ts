import { hostname } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { Agent } from '../collector/agent/agent.ts'
import { readDecided } from '../collector/agent/central.ts'
import type { Log } from '../collector/agent/journal.ts'
import { keepControl } from '../collector/agent/keep-control.ts'
import { pollCentral, TaskPolling } from '../collector/agent/polling.ts'
import { spreadOf } from '../collector/agent/schedule.ts'
import { SYSTEM_TIMING } from '../collector/agent/scheduler.ts'
import { statusOf } from '../collector/agent/status.ts'
import { readCert, type Cert } from '../collector/cert.ts'
import { CertError, ScheduleError } from '../collector/errors.ts'
import { findApi } from '../collector/local-api.ts'
import { milliseconds } from '../conf/duration.ts'
import { resolveSecret } from '../conf/secrets.ts'
import { watchSettings } from '../conf/watch.ts'
import { errandByChild, settingsByChild } from './agent-child.ts'
import type { CommonOptions } from './command-line.ts'
import type { Setup } from './setup.ts'
import { VERSION } from './version.ts'

export interface Starting {
  readonly loaded: Setup
  readonly options: CommonOptions
  readonly log: Log
  /** Ends the agent, also when somebody asks for it through its socket. */
  readonly stopping: AbortController
  /** Whether this host was collected a moment ago. */
  readonly isCollected: boolean
}

/**
 * Agent mode in this process: on schedule, with the settings as they are edited, and as the API decides. Resolves when it has begun; the
 * promise that it gives resolves when it has ended.
 *
 * @throws {AgentRunsError} where another agent works with this data folder
 * @throws {ScheduleError}
 */
export async function startAgent(starting: Starting): Promise<{ readonly ended: Promise<unknown> }> {
  const { options, log, stopping, isCollected } = starting
  const { signal } = stopping
  const startedAt = Date.now()
  let { loaded } = starting
  const { folder } = loaded
  const cert = await certIn(loaded.certFile)
  const polling = {
    findApi: async () => (loaded.settings.agent.central ? await apiOf(loaded) : null),
    certFile: () => loaded.certFile,
    version: VERSION,
    timing: SYSTEM_TIMING,
    random: Math.random,
    signal,
  }
  const tasks = new TaskPolling(polling)
  const decidedFile = join(folder, 'agent', 'central.json')
  const decided = await readDecided(decidedFile)
  const agent = await Agent.plan({
    settings: loaded.settings,
    central: decided?.central ?? null,
    spread: spreadOf(cert?.id ?? hostname()),
    runErrand: async (errand, ending) => await errandByChild(errand, loaded, ending),
    onTaskResult: (task, result) => void tasks.tell(task, result),
    timing: SYSTEM_TIMING,
    random: Math.random,
    log,
  })
  const use = async (next: Setup): Promise<void> => {
    try {
      await agent.useSettings(next.settings)
      loaded = next
      agent.complaints.about('settings', null)
      log('info', 'new settings are in force', { files: next.files.join() || 'none' })
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error
      agent.complaints.about('settings', error.message)
    }
  }
  const reload = watchSettings({
    sources: { file: options.config },
    load: async () => await settingsByChild(options),
    inForce: loaded,
    signal,
    onChange: (next) => void use(next),
    onRefused: (error) => agent.complaints.about('settings', error.message),
    onUnwatched: (error) => log('warning', 'settings files cannot be watched, and are looked at every 10 s', { reason: error.message }),
  })
  // Of a daemon it asks for its settings; on a terminal it says that somebody has closed it, which by then is none any more.
  const isOnTerminal = isatty(0) || isatty(2)
  process.on('SIGHUP', () => (isOnTerminal ? stopping.abort() : reload()))
  const control = await keepControl({
    folder,
    answer: async (question) => {
      if (question === 'reload') reload()
      if (question === 'stop') stopping.abort()
      return await statusOf(agent, { version: VERSION, startedAt, folder, certFile: loaded.certFile, files: loaded.files })
    },
    timing: SYSTEM_TIMING,
    onTrouble: (reason) => agent.complaints.about('"rollcall agent status"', reason),
    onOther: ({ message }) => {
      log('error', 'the agent ends: the data folder was removed under it, and another one has taken its place', { reason: message })
      stopping.abort()
    },
  })
  const { jitter } = loaded.settings.agent
  // Whoever has just installed an agent wants to see the host; after a power cut, a fleet must not come back as one.
  agent.begin(isCollected ? null : cert?.assetId == null ? 0 : milliseconds(jitter))
  const polls = [pollCentral(agent, polling, decidedFile, decided), tasks.poll(agent)]
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    // Somebody may have asked for it while all this began.
    if (signal.aborted) resolve()
  })
  return { ended: stopped.then(async () => await Promise.all([agent.stop(), control.close(), ...polls])) }
}

async function apiOf({ settings: { api }, folder }: Setup) {
  const token = api.token === null ? null : resolveSecret(api.token, 'api.token')
  return await findApi({ ...api, token }, folder)
}

/** A broken cert keeps no agent from starting: each collection says what is wrong, until somebody mends it. */
async function certIn(file: string): Promise<Cert | null> {
  try {
    return await readCert(file)
  } catch (error) {
    if (error instanceof CertError) return null
    throw error
  }
}
