import { commandLine, parse } from './command-line.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'
import { start, untilStopped } from './start-server.ts'
import { tell } from './text.ts'

/** Runs the API in the foreground. */
export default async function serve(args: readonly string[]): Promise<number> {
  const command = commandLine('serve', {
    description:
      'Run the API. Opens the database of the settings (SQLite in the data folder by default), brings it to this version, and listens.',
    examples: [
      ['rollcall serve', 'on 127.0.0.1:8700'],
      ['ROLLCALL_SERVER__HOST=0.0.0.0 rollcall serve', 'for other machines too'],
    ],
  })
  const loaded = await setup(parse(command, args).options)
  const server = await start(loaded, 'info')
  tell(`rollcall is up: ${server.url}`)
  if (server.tokenFile !== null) tell(`the first admin token is in ${server.tokenFile}`)
  await untilStopped()
  await server.close()
  return EXIT.done
}
