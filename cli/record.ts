import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { prepare } from '../collector/job.ts'
import { startLocal } from '../collector/local-runner.ts'
import { codeOf } from '../collector/write-file.ts'
import { makeFolder } from '../conf/make-folder.ts'
import { variablesIn } from '../conf/secrets.ts'
import { writeFolder } from '../plugins/capture.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { loadPlugins, setup } from './setup.ts'
import { print } from './text.ts'

interface Options extends CommonOptions {
  readonly out: string
  readonly plugin?: string
  readonly scrub?: true
}

/** Keeps this machine's raw answers. */
export default async function record(args: readonly string[]): Promise<number> {
  const command = commandLine('record', {
    description: "Record this machine's raw answers as a capture folder: for a bug report, a fixture, or a host that has no network.",
    examples: [
      ['rollcall record --out captures/web-01', 'everything that is collected by default'],
      ['rollcall record --out captures/web-01 --plugin disk,raid', 'the answers for these plugins'],
      ['rollcall record --out bug --scrub', 'to send with a bug report: read it before you do'],
    ],
  })
    .requiredOption('--out <dir>', 'folder to write; it is made if it is missing')
    .option('--plugin <names>', 'only these plugins, separated by commas')
    .option('--scrub', 'replace serials, MACs, addresses, UUIDs, keys and names by stand-ins that cannot be traced back')
  const { options } = parse<Options>(command, args)
  try {
    makeFolder(options.out)
  } catch (error) {
    throw new UsageError(`cannot write to ${options.out} (${codeOf(error)}): name another folder with --out`, { cause: error })
  }
  const run = startLocal({ hidden: () => variablesIn(loaded.settings) })
  const loaded = await setup(options)
  const plugins = await loadPlugins(loaded, options.plugin?.split(','))
  const capture = await run(prepare(plugins, { become: loaded.settings.become ?? undefined }))
  const time = new Date().toISOString()
  if (options.scrub === true) {
    const { scrub } = await import('../collector/scrub.ts')
    writeFolder(options.out, scrub(capture, { salt: randomBytes(32).toString('hex'), plugins }), { host: 'scrubbed', time })
  } else writeFolder(options.out, capture, { host: hostname(), time })
  print(`${Object.keys(capture.probes).length} answers are in ${options.out}; "rollcall parse ${options.out}" reads them`)
  return EXIT.done
}
