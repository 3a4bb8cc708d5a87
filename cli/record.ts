import { hostname } from 'node:os'
import { prepare } from '../collector/job.ts'
import { startLocal } from '../collector/local-runner.ts'
import { writeFolder } from '../plugins/capture.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { loadPlugins, setup } from './setup.ts'
import { print } from './text.ts'

interface Options extends CommonOptions {
  readonly out: string
  readonly plugin?: string
}

/** Keeps this machine's raw answers. */
export default async function record(args: readonly string[]): Promise<number> {
  const command = commandLine('record', {
    description: "Record this machine's raw answers as a capture folder: for a bug report, a fixture, or a host that has no network.",
    examples: [
      ['rollcall record --out captures/web-01', 'everything that is collected by default'],
      ['rollcall record --out captures/web-01 --plugin disk,raid', 'the answers for these plugins'],
    ],
  })
    .requiredOption('--out <dir>', 'folder to write; it is made if it is missing')
    .option('--plugin <names>', 'only these plugins, separated by commas')
  const { options } = parse<Options>(command, args)
  const run = startLocal()
  const loaded = await setup(options)
  const plugins = await loadPlugins(loaded, options.plugin?.split(','))
  const capture = await run(prepare(plugins, { become: loaded.settings.become ?? undefined }))
  writeFolder(options.out, capture, { host: hostname(), time: new Date().toISOString() })
  print(`${Object.keys(capture.probes).length} answers are in ${options.out}; "rollcall parse ${options.out}" reads them`)
  return EXIT.done
}
