import { commandLine, parse } from './command-line.ts'
import type { CollectOptions } from './collect.ts'

/** Options of `collect`, or its help, or what is wrong with them. */
export function collectOptions(args: readonly string[]): CollectOptions {
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
  return parse<CollectOptions>(command, args).options
}
