import { COMMANDS } from './commands.ts'

/** Runs one command. Only that command's code is loaded. Results go to stdout, everything else to stderr. */
export async function main(args: readonly string[]): Promise<void> {
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
