import { keepAwake } from '../collector/agent/watchdog.ts'
import { agentLog } from './agent-log.ts'
import type { CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'
import { startAgent } from './start-agent.ts'
import { VERSION } from './version.ts'

/** Agent mode in the foreground, until SIGTERM, SIGINT or `rollcall agent stop`. */
export async function runAgent(options: CommonOptions): Promise<number> {
  const log = agentLog(process.env)
  const stopping = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort())
  const loaded = await setup(options)
  const { ended } = await startAgent({ loaded, options, log, stopping, isCollected: false })
  keepAwake(process.env, stopping.signal)
  log('info', 'agent is up', { pid: process.pid, version: VERSION, data: loaded.folder })
  await ended
  log('info', 'agent has ended')
  return EXIT.done
}
