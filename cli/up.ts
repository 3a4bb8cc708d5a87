import { join } from 'node:path'
import type { Log } from '../collector/agent/journal.ts'
import { readCert } from '../collector/cert.ts'
import { deliver } from '../collector/deliver.ts'
import { AgentRunsError } from '../collector/errors.ts'
import { findApi } from '../collector/local-api.ts'
import { startLocal } from '../collector/local-runner.ts'
import { Spool } from '../collector/spool.ts'
import { variablesIn } from '../conf/secrets.ts'
import type { Receipt, Report } from '../cmdb-api/contract.ts'
import type { Server } from '../cmdb-api/server.ts'
import { collectHere } from './collect-here.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { explain } from './explain-error.ts'
import { headlines } from './headlines.ts'
import { describe } from './post.ts'
import { loadPlugins, setup, usualFolder, type Setup } from './setup.ts'
import { startAgent, type Starting } from './start-agent.ts'
import { start, untilStopped } from './start-server.ts'
import { bold, print, printable, tell } from './text.ts'

/** The API, its database and this machine's collector in one process: rollcall as a stranger first meets it. */
export default async function up(args: readonly string[]): Promise<number> {
  const command = commandLine('up', {
    description: 'Start the API on 127.0.0.1 with SQLite, collect this machine now and on schedule (agent.every), and say what was found.',
    examples: [
      ['rollcall up', 'with the data folder of this user'],
      ['ROLLCALL_PORT=9000 rollcall up --data /srv/rollcall', 'on another port, with the data elsewhere'],
    ],
  })
  const { options } = parse(command, args)
  // A terminal that is closed takes no word any more, and rollcall comes to its end all the same.
  process.stderr.on('error', () => undefined)
  const loaded = await setup(options)
  const server = await start(loaded, 'warn')
  try {
    await work(loaded, server, options)
  } finally {
    await server.close()
  }
  return EXIT.done
}

/** Until it is stopped. */
async function work(loaded: Setup, server: Server, options: CommonOptions): Promise<void> {
  print(bold(`rollcall is up: ${server.url}`))
  tell('taking stock of this machine ...')
  try {
    print(`\nThis machine:\n${await collectAndTell(loaded, server)}`)
  } catch (error) {
    // The register is there all the same, for other collectors.
    explain(error)
  }
  print(await nextSteps(loaded, server))
  const stopping = new AbortController()
  const agent = await startAgentOrGoOn({ loaded, options, log: told, stopping, isCollected: true })
  await Promise.race([untilStopped(), ...(agent === null ? [] : [agent.ended])])
  stopping.abort()
  tell('\nrollcall ends: finishing what is under way ...')
  await agent?.ended
}

/** null where another agent collects this machine with this data folder. */
async function startAgentOrGoOn(starting: Starting): Promise<{ readonly ended: Promise<unknown> } | null> {
  try {
    return await startAgent(starting)
  } catch (error) {
    if (!(error instanceof AgentRunsError)) throw error
    tell(`${error.message}. It collects this machine on schedule, and posts to this API`)
    return null
  }
}

/** What the agent says, as a line among others. */
const told: Log = (_urgency, message, { name, outcome, changes, reason } = {}) => {
  if (message === 'receipt') tell(printable(`${name}: ${outcome}${changes === 0 ? '' : `, changes: ${changes}`}`))
  else tell(printable(reason === undefined ? message : `${message}: ${reason}`))
}

async function collectAndTell(loaded: Setup, { url }: Server): Promise<string> {
  const { folder, certFile, settings } = loaded
  const api = await findApi({ url, token: null, ca: settings.api.ca, timeoutSeconds: settings.api.timeoutSeconds }, folder)
  const collected = await collectHere(loaded, {
    run: startLocal({ hidden: () => variablesIn(settings) }),
    plugins: await loadPlugins(loaded),
    pin: true,
  })
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  // Written by the server a moment ago.
  let last = ''
  const onReceipt = async ({ identity }: Report, receipt: Receipt): Promise<void> => {
    last = [describe(identity.name, receipt), ...headlines(collected.report.sections)].join('\n')
  }
  const { stopped } = await deliver({ collected, certFile, spool, api: api!, onReceipt })
  if (stopped !== null) throw stopped
  return last
}

async function nextSteps({ folder, certFile }: Setup, { tokenFile, url }: Server): Promise<string> {
  const cert = await readCert(certFile)
  const data = usualFolder() === folder ? '' : ` --data ${folder}`
  return [
    '',
    ...(tokenFile === null ? [] : [`The first admin token is in ${tokenFile}. The API is described at ${url}/docs.`]),
    'Next, in another terminal:',
    `  npx rollcall asset ${cert?.name ?? 'NAME'}${data}`,
    `  npx rollcall changes${data}`,
    'A second host, over SSH, nothing installed on it:',
    `  npx rollcall ssh USER@HOST${data}`,
    'Ctrl-C ends rollcall.',
  ].join('\n')
}
