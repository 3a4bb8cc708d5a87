import { keepAwake } from '../collector/agent/watchdog.ts'
import { sweepData } from '../collector/sweep.ts'
import { settingsByChild } from './agent-child.ts'
import { limited } from './agent-log-file.ts'
import { agentLog } from './agent-log.ts'
import { removePid, writePid } from './agent-pid.ts'
import type { CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { startAgent } from './start-agent.ts'
import { VERSION } from './version.ts'
import { withoutOptimizing } from './without-optimizing.ts'

/** Agent mode in the foreground, until SIGTERM, SIGINT or `rollcall agent stop`. */
export async function runAgent(options: CommonOptions): Promise<number> {
  withoutOptimizing()
  const stopping = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort())
  const loaded = await settingsByChild(options)
  const log = limited(agentLog(process.env), loaded.folder)
  const { ended } = await startAgent({ loaded, options, log, stopping, isCollected: false })
  await writePid(loaded.folder)
  await sweepData(loaded.folder, Date.now())
  keepAwake(process.env, stopping.signal)
  log('info', 'agent is up', { pid: process.pid, version: VERSION, data: loaded.folder })
  await ended
  await removePid(loaded.folder)
  log('info', 'agent has ended')
  return EXIT.done
}
