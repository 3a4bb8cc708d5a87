import { explain } from '../conf/explain.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'
import { table } from './table.ts'
import { print, printJson, tell } from './text.ts'

interface Options extends CommonOptions {
  readonly json?: true
}

/** Prints every setting with the layer that set it. */
export default async function config(args: readonly string[]): Promise<number> {
  const command = commandLine('config', {
    description:
      'Every setting in force and where it came from: default, system file, project file, environment variable; the options of a command go before all of them. Secrets are not shown.',
    examples: [
      ['rollcall config', 'what is in force in this folder'],
      ['rollcall config --config /etc/rollcall/rollcall.config.ts', 'check a file before it is used'],
    ],
  }).option('--json', 'print JSON')
  const { options } = parse<Options>(command, args)
  const loaded = await setup(options)
  const rows = explain(loaded)
  if (options.json === true) printJson(rows)
  else
    print(
      table(rows, [
        { title: 'SETTING', value: ({ path }) => path },
        { title: 'VALUE', value: ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value)) },
        { title: 'FROM', value: ({ origin }) => origin },
      ]),
    )
  tell(`data folder: ${loaded.folder}`)
  return EXIT.done
}
