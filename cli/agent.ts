import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'

export interface AgentOptions extends CommonOptions {
  readonly json?: true
}

/** Each with its own file: what an agent never uses, it never loads. */
const ACTIONS: Readonly<Record<string, (options: AgentOptions) => Promise<number>>> = {
  run: async (options) => await (await import('./agent-run.ts')).runAgent(options),
}

/** Agent mode: this machine, on schedule. */
export default async function agent(args: readonly string[]): Promise<number> {
  // What the agent itself calls for each collection: no help, no options, and no time for them.
  if (args[0] === 'errand') return await (await import('./agent-errand.ts')).default()
  const command = commandLine('agent', {
    description: 'Agent mode: collect this machine on schedule, keep reports until the API has them, and do what the API decides.',
    examples: [['rollcall agent run', 'in the foreground, until Ctrl-C']],
  })
    .argument('<action>', 'run')
    .option('--json', 'with status: print JSON')
  const { options, operands } = parse<AgentOptions>(command, args)
  const [action = ''] = operands
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  if (run === undefined) throw new UsageError(`"rollcall agent ${action}" is nothing: there are ${Object.keys(ACTIONS).join(', ')}`)
  return await run(options)
}
