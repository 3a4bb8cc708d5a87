import { parseArgs } from 'node:util'
import { startLocal } from '../collector/local-runner.ts'
import { variablesIn } from '../conf/secrets.ts'
import type { CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { loadPlugins, setup } from './setup.ts'
import { startEarly } from './start-early.ts'
import { printJson } from './text.ts'
import { withoutOptimizing } from './without-optimizing.ts'

export interface CollectOptions extends CommonOptions {
  readonly plugin?: string
  readonly post?: boolean
  readonly json?: boolean
}

/** Takes stock of this machine once. */
export default async function collect(args: readonly string[]): Promise<number> {
  withoutOptimizing()
  // The shell, and where possible its script too, runs while the rest is still being loaded.
  const run = startLocal({ hidden: () => variablesIn(loaded.settings) })
  const options = plainOptions(args) ?? (await import('./collect-options.ts')).collectOptions(args)
  const loaded = await setup(options)
  const started = options.plugin === undefined ? startEarly(run, loaded) : null
  const { collectHere } = await import('./collect-here.ts')
  const plugins = await loadPlugins(loaded, options.plugin?.split(','))
  const collected = await collectHere(loaded, { run, started, plugins, pin: options.post === true })
  if (options.post !== true) {
    printJson(collected.report)
    return EXIT.done
  }
  const { post } = await import('./post.ts')
  return await post({ collected, loaded, json: options.json === true })
}

/** Options that need no word of help; null of others. The parser that has it takes as long to load as the shell to start. */
function plainOptions(args: readonly string[]): CollectOptions | null {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const
  try {
    return parseArgs({ args: [...args], options: { config: text, data: text, plugin: text, post: flag, json: flag } }).values
  } catch {
    return null
  }
}
