import { startLocal } from '../collector/local-runner.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { loadPlugins, setup } from './setup.ts'
import { startEarly } from './start-early.ts'
import { printJson } from './text.ts'
import { withoutOptimizing } from './without-optimizing.ts'

interface Options extends CommonOptions {
  readonly plugin?: string
  readonly post?: true
  readonly json?: true
}

/** Takes stock of this machine once. */
export default async function collect(args: readonly string[]): Promise<number> {
  withoutOptimizing()
  const command = commandLine('collect', {
    description:
      'Take stock of this machine once: print the report, or post it to the API. Only a posted collection pins the name of this host.',
    examples: [
      ['rollcall collect', 'print the whole report as JSON'],
      ['rollcall collect --plugin disk,nic', 'only these sections'],
      ['rollcall collect --post', 'post it to the API of the settings, or of this machine'],
    ],
  })
    .option('--plugin <names>', 'only these plugins, separated by commas')
    .option('--post', 'post the report to the API')
    .option('--json', 'with --post: print the receipts as JSON')
  const { options } = parse<Options>(command, args)
  // The shell, and where possible its script too, runs while the rest is still being loaded.
  const run = startLocal()
  const loaded = await setup(options)
  const started = options.plugin === undefined ? startEarly(run, loaded) : null
  const { collectHere } = await import('./collect-here.ts')
  const plugins = await loadPlugins(loaded, options.plugin?.split(','))
  const collected = await collectHere(loaded, { run, started, plugins, pin: options.post === true })
  if (options.post === undefined) {
    printJson(collected.report)
    return EXIT.done
  }
  const { post } = await import('./post.ts')
  return await post({ collected, loaded, json: options.json === true })
}
