import { Command } from 'commander'

/** Options that every command takes. */
export interface CommonOptions {
  readonly config?: string
  readonly data?: string
}

interface About {
  readonly description: string
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[]
}

/** A command's own parser: its help, its examples, and the options that all share. Wrong use throws, with exit status 2. */
export function commandLine(name: string, { description, examples }: About): Command {
  const width = Math.max(...examples.map(([line]) => line.length))
  return new Command(`rollcall ${name}`)
    .description(description)
    .option('--config <file>', 'read this settings file instead of rollcall.config.* in this folder')
    .option('--data <dir>', 'data folder (else ROLLCALL_DATA, /var/lib/rollcall for root, or the state folder of the user)')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\nExamples:\n${examples.map(([line, does]) => `  ${line.padEnd(width)}  # ${does}`).join('\n')}`)
}

/** Parses a command's arguments; gives its options. */
export function parse<T extends CommonOptions>(
  command: Command,
  args: readonly string[],
): { readonly options: T; readonly operands: readonly string[] } {
  command.parse(args, { from: 'user' })
  return { options: command.opts(), operands: command.args }
}
