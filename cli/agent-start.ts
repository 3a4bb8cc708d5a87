import { loadSettings } from '../conf/load.ts'
import { answerOf, folderOf, isAlive, waitUntil } from './agent-answer.ts'
import { startDaemon } from './agent-daemon.ts'
import { readPid } from './agent-pid.ts'
import { isService, isSystemd, systemctl, UNIT } from './agent-service.ts'
import type { AgentOptions } from './agent.ts'
import { ServiceError } from './errors.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'
import { print, tell } from './text.ts'

/** The agent itself takes at most 5 s to end. */
const STOP_MS = 30_000

/** Starts the agent: the service where it is installed, else in the background. */
export async function startInBackground(options: AgentOptions): Promise<number> {
  // Settings that do not load are told here, where somebody reads it.
  const { folder } = await setup(options)
  const answer = await answerOf(folder, 'status')
  if (answer === 'mute') throw await mute(folder)
  if (answer !== null) {
    print(`the agent runs already, process ${answer.pid}: rollcall agent status`)
    return EXIT.done
  }
  if (!isService(folder)) {
    const status = await startDaemon(folder, options)
    if (status === EXIT.done && isSystemd())
      tell('It ends with the machine. As a service, it would start with it: sudo rollcall agent install')
    return status
  }
  await systemctl('start', UNIT)
  print('the agent runs: rollcall agent status; its log: journalctl -u rollcall-agent')
  return EXIT.done
}

/** Stops it, and waits until it has ended. What it has collected waits in the spool. */
export async function stop(options: AgentOptions): Promise<number> {
  const folder = folderOf(options)
  if (isService(folder)) await systemctl('stop', UNIT)
  const answer = await answerOf(folder, 'stop')
  if (answer === 'mute') throw await mute(folder)
  if (answer === null) {
    print(isService(folder) ? 'the agent has stopped' : `no agent runs with ${folder}`)
    return EXIT.done
  }
  const { pid } = answer
  if ((await waitUntil(async () => ((await isAlive(pid)) ? null : true), STOP_MS)) === null)
    throw new ServiceError(`the agent, process ${pid}, does not end: "kill -9 ${pid}" ends it, and loses nothing that it has collected`)
  print('the agent has stopped')
  return EXIT.done
}

/** Has it read its settings again, as it does by itself when a file changes. */
export async function reload(options: AgentOptions): Promise<number> {
  const folder = folderOf(options)
  const answer = await answerOf(folder, 'status')
  if (answer === 'mute') throw await mute(folder)
  if (answer === null) {
    tell(`no agent runs with ${folder}: rollcall agent start`)
    return EXIT.unreachable
  }
  // It would refuse them, too, and go on with those it has; here somebody reads why.
  const own = answer.files.findLast((file) => !file.startsWith('/etc/rollcall/'))
  await loadSettings({ file: options.config ?? own })
  if (isService(folder)) await systemctl('reload', UNIT)
  else await answerOf(folder, 'reload')
  print('the agent reads its settings again: rollcall agent status')
  return EXIT.done
}

/** One that is stopped by a debugger, or hangs. */
async function mute(folder: string): Promise<ServiceError> {
  const pid = await readPid(folder)
  const who = pid === null ? 'it' : `process ${pid}`
  return new ServiceError(
    `an agent holds ${folder}/agent.sock and does not answer: end ${who} with kill -9, which loses nothing that it has collected`,
  )
}
