import { COMMANDS } from './commands.ts'
import { EXIT } from './exit.ts'
import { bold, print, tell } from './text.ts'
import { nearest } from '../conf/nearest.ts'
import { VERSION } from './version.ts'

/** The list of commands, or a word on the one that does not exist. */
export function help([first = '--help', second]: readonly string[]): number {
  const name = first === 'help' ? (second ?? first) : first
  if (name === '--version' || name === '-V') {
    print(VERSION)
    return EXIT.done
  }
  if (!['--help', '-h', 'help'].includes(name)) {
    const near = nearest(name, Object.keys(COMMANDS))
    tell(`rollcall has no command ${JSON.stringify(name)}${near === null ? '.' : `; did you mean ${near}?`} "rollcall --help" lists them.`)
    return EXIT.usage
  }
  const width = Math.max(...Object.keys(COMMANDS).map((one) => one.length))
  print(
    [
      'rollcall: a CMDB that fills itself.',
      '',
      bold('Usage: rollcall <command> [options]'),
      '',
      ...Object.entries(COMMANDS).map(([one, { summary }]) => `  ${one.padEnd(width)}  ${summary}`),
      '',
      'rollcall <command> --help tells more, with examples.',
      'Exit status: 0 done, 1 something failed, 2 wrong use or settings, 3 the API could not be reached.',
    ].join('\n'),
  )
  return EXIT.done
}
