import { join } from 'node:path'
import { deliver } from '../collector/deliver.ts'
import { findApi } from '../collector/local-api.ts'
import { startLocal } from '../collector/local-runner.ts'
import { Spool } from '../collector/spool.ts'
import type { Server } from '../cmdb-api/server.ts'
import { milliseconds } from '../conf/duration.ts'
import type { Section } from '../cmdb-api/contract.ts'
import { collectHere } from './collect-here.ts'
import { commandLine, parse } from './command-line.ts'
import { EXIT } from './exit.ts'
import { explain } from './explain-error.ts'
import { describe } from './post.ts'
import { loadPlugins, setup, usualFolder, type Setup } from './setup.ts'
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
  const loaded = await setup(parse(command, args).options)
  const server = await start(loaded, 'warn')
  print(bold(`rollcall is up: ${server.url}`))
  tell('taking stock of this machine ...')
  print(`\nThis machine:\n${await collectAndTell(loaded, server)}`)
  print(await nextSteps(loaded, server))
  const timer = setInterval(
    () => void collectAndTell(loaded, server).then((text) => tell(text.split('\n', 1)[0]!), explain),
    milliseconds(loaded.settings.agent.every),
  )
  await untilStopped()
  clearInterval(timer)
  tell('\nrollcall ends: finishing what is under way ...')
  await server.close()
  return EXIT.done
}

async function collectAndTell(loaded: Setup, { url }: Server): Promise<string> {
  const { folder, certFile, settings } = loaded
  const api = await findApi({ url, token: null, ca: settings.api.ca, timeoutSeconds: settings.api.timeoutSeconds }, folder)
  const collected = await collectHere(loaded, { run: startLocal(), plugins: await loadPlugins(loaded), pin: true })
  const spool = new Spool(join(folder, 'spool'), { maxBytes: settings.spool.maxMb * 1024 * 1024 })
  // Written by the server a moment ago.
  const { answered, stopped } = await deliver({ collected, certFile, spool, api: api! })
  if (stopped !== null) throw stopped
  const last = answered.at(-1)!
  return [describe(last.report.identity.name, last.receipt), ...found(last.report.sections)].join('\n')
}

/** What each section holds, in a line. */
function found(sections: Readonly<Record<string, Section>>): string[] {
  const width = Math.max(...Object.keys(sections).map((name) => name.length))
  return Object.entries(sections).map(([name, { status, reason, data = {} }]) => {
    const lists = Object.entries(data).flatMap(([field, value]) =>
      Array.isArray(value) && (value.length === 0 || typeof value[0] === 'object') ? [`${value.length} ${words(field)}`] : [],
    )
    const scalars = Object.values(data).filter((value) => typeof value === 'string' && value.length < 40)
    const what = status !== 'ok' ? `${status}: ${reason ?? ''}` : [...lists, ...scalars.slice(0, Math.max(0, 4 - lists.length))].join(', ')
    return printable(`  ${name.padEnd(width)}  ${what}`)
  })
}

async function nextSteps({ folder }: Setup, { tokenFile }: Server): Promise<string> {
  const { readCert } = await import('../collector/cert.ts')
  const cert = await readCert(join(folder, 'cert'))
  const data = usualFolder() === folder ? '' : ` --data ${folder}`
  return [
    '',
    ...(tokenFile === null ? [] : [`The first admin token is in ${tokenFile}; the API is described at /docs.`]),
    'Next, in another terminal:',
    `  npx rollcall asset ${cert?.name ?? 'NAME'}${data}`,
    `  npx rollcall changes${data}`,
    'Ctrl-C ends rollcall.',
  ].join('\n')
}

/** `physicalVolumes` as people write it. */
function words(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
