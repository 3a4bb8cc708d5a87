import { COMMANDS } from './commands.ts'

/** Runs one command. Only that command's code is loaded. Results go to stdout, everything else to stderr. */
export async function main(given: readonly string[]): Promise<void> {
  const args = askingForHelp(given)
  const [name = ''] = args
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  // A reader that has seen enough, as in `rollcall assets | head -1`, is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    error.code === 'EPIPE' && command?.endsItself === undefined ? process.exit(0) : undefined,
  )
  try {
    if (command === undefined) process.exitCode = (await import('./help.ts')).help(args)
    else process.exitCode = await (await command.load()).default(args.slice(1))
  } catch (error) {
    const { explain } = await import('./explain-error.ts')
    process.exitCode = explain(error)
  }
}

/** `help COMMAND` and `COMMAND help` are what people try: no host is called so. */
function askingForHelp(args: readonly string[]): readonly string[] {
  if (args.length !== 2 || !args.includes('help')) return args
  const name = args.find((one) => Object.hasOwn(COMMANDS, one))
  return name === undefined ? args : [name, '--help']
}
