import { parseArgs } from 'node:util'
import type { CommonOptions } from './command-line.ts'

export interface AgentOptions extends CommonOptions {
  readonly json?: true
  readonly now?: true
  readonly user?: string
}

/** Agent mode: this machine, on schedule. */
export default async function agent(args: readonly string[]): Promise<number> {
  // What the agent itself calls, for each collection and each edit of the settings: no help, no options, and no time for them.
  if (args[0] === 'errand') return await (await import('./agent-errand.ts')).default()
  if (args[0] === 'settings') return await (await import('./agent-settings.ts')).default()
  const options = plainRun(args)
  if (options !== null) return await (await import('./agent-run.ts')).runAgent(options)
  return await (await import('./agent-action.ts')).doAction(args)
}

/** Options of `agent run`, without the 2 MB that the parser with all the help would hold for years; null of anything else. */
function plainRun(args: readonly string[]): CommonOptions | null {
  try {
    const options = { config: { type: 'string' }, data: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return positionals.length === 1 && positionals[0] === 'run' ? values : null
  } catch {
    return null
  }
}
