import { postJson } from '../collector/api-client.ts'
import { milliseconds } from '../conf/duration.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { followTasks, isOpen, type Task } from './follow-tasks.ts'
import { registerOf } from './read-register.ts'
import { setup } from './setup.ts'
import { print, printable, printJson, tell } from './text.ts'
import { shortTime } from './when.ts'

interface Options extends CommonOptions {
  readonly group?: string
  readonly plugin?: string
  readonly wait: boolean
  readonly timeout: string
  readonly json?: true
}

/** How long an agent that is away may take, at least. */
const LIFE_SECONDS = 3600

/** Has the agents of hosts collect now, and tells what came of it. */
export default async function collectNow(args: readonly string[]): Promise<number> {
  const command = commandLine('collect-now', {
    description:
      'Have hosts collected now, by the agents that run on them. It begins within a second or two, whatever else the agent does; one that is away does it when it is back, within an hour.',
    examples: [
      ['rollcall collect-now web-01', 'and wait for what comes of it'],
      ['rollcall collect-now --group rack2', 'all assets of a group, and of the groups nested in it'],
      ['rollcall collect-now web-01 web-02 --plugin disk,nic', 'only these sections'],
      ['rollcall collect-now --group dc1 --no-wait', 'the tasks alone; their ids are printed'],
    ],
  })
    .argument('[name...]', 'names or ids of assets')
    .option('--group <group>', 'all assets of this group')
    .option('--plugin <names>', 'only these plugins, separated by commas')
    .option('--no-wait', 'do not wait for what comes of it')
    .option('--timeout <duration>', 'wait at most so long', '2m')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const { group, plugin, wait, json, timeout } = options
  if (operands.length === 0 && group === undefined)
    throw new UsageError('which hosts? Name assets, or a group with --group; "rollcall assets" lists them')
  const timeoutMs = durationOf(timeout)
  const api = await registerOf(await setup(options))
  const body = {
    kind: 'collect',
    assets: operands,
    group: group ?? null,
    plugins: plugin?.split(',') ?? null,
    expiresInSeconds: Math.max(LIFE_SECONDS, timeoutMs / 1000),
  }
  // As POST /tasks answers.
  const made = (await postJson(api, '/api/v1/tasks', JSON.stringify(body))) as {
    readonly tasks: readonly Task[]
    readonly warnings: readonly string[]
  }
  for (const warning of made.warnings) tell(printable(warning))
  if (!wait) {
    if (json === true) printJson(made.tasks)
    else for (const { id, assetName } of made.tasks) print(`${printable(assetName)}: task ${id}`)
    return EXIT.done
  }
  const tasks = await followTasks(api, made.tasks, {
    timeoutMs,
    onEnd: (task) => json !== true && print(endOf(task)),
    onSilence: ({ message }) => tell(`${message}; the tasks stay, and it is asked again`),
  })
  const open = tasks.filter(isOpen)
  if (json === true) printJson(tasks)
  else for (const task of open) print(`${printable(task.assetName)}: no answer after ${timeout}; ${whyOpen(task)}`)
  if (open.length > 0)
    tell(
      `what did not answer may still: its task stays until ${shortTime(open[0]!.expiresAt)}; GET /api/v1/tasks?batchId=${open[0]!.batchId}`,
    )
  return tasks.every(isGood) ? EXIT.done : EXIT.failed
}

function durationOf(text: string): number {
  try {
    return milliseconds(text)
  } catch (error) {
    throw new UsageError(`--timeout ${JSON.stringify(text)} is no duration: write 30s, 2m or 1h`, { cause: error })
  }
}

/** A report that the register refused is no success, although the agent did its part. */
function isGood({ state, outcome }: Task): boolean {
  return state === 'done' && outcome !== 'rejected'
}

function endOf(task: Task): string {
  const { assetName, state, outcome, changes, reason, createdAt, endedAt } = task
  const seconds = ((Date.parse(endedAt ?? createdAt) - Date.parse(createdAt)) / 1000).toFixed(1)
  const came = outcome ?? `its report waits in the spool of its agent${reason === null ? '' : ` (${reason})`}`
  const counted = changes === null || changes === 0 ? '' : `, ${changes} ${changes === 1 ? 'change' : 'changes'}`
  const what = {
    done: `done in ${seconds} s: ${came}${counted}`,
    failed: `failed after ${seconds} s: ${reason ?? 'its agent does not say why'}`,
    expired: `expired after ${seconds} s; ${whyOpen(task)}`,
    waiting: whyOpen(task),
    offered: whyOpen(task),
  }
  return printable(`${assetName}: ${what[state]}`)
}

function whyOpen({ assetName, offeredAt, agentAskedAt }: Task): string {
  if (offeredAt !== null) return `its agent was told, and is not done yet: "rollcall agent status" on ${assetName} shows what it does`
  const since =
    agentAskedAt === null
      ? 'no agent has ever asked for this host'
      : `no agent has asked for this host since about ${shortTime(agentAskedAt)}`
  return `${since}: does one run there? See "rollcall agent status" on ${assetName}`
}
