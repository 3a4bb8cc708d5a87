import type { AgentOptions } from './agent.ts'
import { commandLine, parse } from './command-line.ts'
import { UsageError } from './errors.ts'

/** Each with its own file: what an agent never uses, it never loads. */
const ACTIONS: Readonly<Record<string, (options: AgentOptions) => Promise<number>>> = {
  run: async (options) => await (await import('./agent-run.ts')).runAgent(options),
  start: async (options) => await (await import('./agent-start.ts')).startInBackground(options),
  stop: async (options) => await (await import('./agent-start.ts')).stop(options),
  status: async (options) => await (await import('./agent-status.ts')).status(options),
  reload: async (options) => await (await import('./agent-start.ts')).reload(options),
  install: async (options) => await (await import('./agent-service.ts')).installService(options),
  uninstall: async () => await (await import('./agent-service.ts')).uninstallService(),
}

/** What people do with agent mode. */
export async function doAction(args: readonly string[]): Promise<number> {
  const command = commandLine('agent', {
    description: 'Agent mode: collect this machine on schedule, keep reports until the API has them, and do what the API decides.',
    examples: [
      ['rollcall agent run', 'in the foreground, until Ctrl-C'],
      ['rollcall agent start', 'in the background, or as the service where it is installed'],
      ['rollcall agent status', 'what runs when, the last receipts, what waits; exit status 3 where no agent runs'],
      ['rollcall agent reload', 'read the settings again now'],
      ['sudo rollcall agent install --now', 'as a service of systemd, from now on'],
    ],
  })
    .argument('<action>', Object.keys(ACTIONS).join(', '))
    .option('--json', 'with status: print JSON')
    .option('--now', 'with install: start it, too')
    .option('--user <name>', 'with install: who runs it, instead of root')
  const { options, operands } = parse<AgentOptions>(command, args)
  const [action = ''] = operands
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  if (run === undefined) throw new UsageError(`"rollcall agent ${action}" is nothing: there are ${Object.keys(ACTIONS).join(', ')}`)
  return await run(options)
}
