import { evaluate, type Section } from '../plugins/evaluate.ts'
import { commandLine, parse as parseArgs, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { readCapture } from './read-capture.ts'
import { loadPlugins, setup } from './setup.ts'
import { printJson } from './text.ts'

interface Options extends CommonOptions {
  readonly plugin?: string
}

/** Prints what the plugins make of a recorded capture. */
export default async function parse(args: readonly string[]): Promise<number> {
  const command = commandLine('parse', {
    description: 'Print the sections of a recorded capture as JSON. Nothing is posted.',
    examples: [
      ['rollcall parse captures/web-01', 'a folder that "rollcall record" wrote'],
      ['rollcall script | ssh web-01 sh -s | rollcall parse -', 'straight from a host'],
      ['rollcall parse captures/web-01 --plugin raid', 'one section, of a plugin that is off by default'],
    ],
  })
    .argument('<capture>', 'folder, file, or - for standard input')
    .option('--plugin <names>', 'only these plugins, separated by commas')
  const { options, operands } = parseArgs<Options>(command, args)
  const plugins = await loadPlugins(await setup(options), options.plugin?.split(','))
  const capture = await readCapture(operands[0]!)
  const sections: Record<string, Section> = {}
  for (const plugin of plugins) sections[plugin.name] = evaluate(plugin, capture)
  printJson(sections)
  return EXIT.done
}
