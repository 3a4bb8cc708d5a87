import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { getJson } from '../collector/api-client.ts'
import { readCert } from '../collector/cert.ts'
import { prepare } from '../collector/job.ts'
import { startLocal } from '../collector/local-runner.ts'
import { variablesIn } from '../conf/secrets.ts'
import { evaluate } from '../plugins/evaluate.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { registerOf } from './read-register.ts'
import { loadPlugins, setup, type Setup } from './setup.ts'
import { green, print, printable, printJson, red } from './text.ts'

interface Options extends CommonOptions {
  readonly json?: true
}

/** One look at one thing. `bad` makes the exit status 1; `note` is worth knowing. */
interface Finding {
  readonly about: string
  readonly verdict: 'good' | 'note' | 'bad'
  readonly message: string
}

/** Says what is wrong on this machine, and how to mend it. */
export default async function doctor(args: readonly string[]): Promise<number> {
  const command = commandLine('doctor', {
    description: 'What is wrong here, and how to mend it: settings, data folder, cert, API, and what cannot be collected.',
    examples: [['rollcall doctor', 'exit status 1 where something needs mending']],
  }).option('--json', 'print JSON')
  const { options } = parse<Options>(command, args)
  const loaded = await setup(options)
  const findings = [
    {
      about: 'settings',
      verdict: 'good',
      message: loaded.files.length === 0 ? 'defaults only: there is no settings file' : `read from ${loaded.files.join(', ')}`,
    } as const,
    await attempt('data folder', () => dataFolder(loaded)),
    await attempt('cert', () => cert(loaded)),
    await attempt('API', () => api(loaded)),
    ...(await collection(loaded)),
  ]
  if (options.json === true) printJson(findings)
  else
    for (const { about, verdict, message } of findings)
      print(`${verdict === 'good' ? green('good') : verdict === 'bad' ? red('BAD ') : 'note'}  ${about}: ${printable(message)}`)
  return findings.some(({ verdict }) => verdict === 'bad') ? EXIT.failed : EXIT.done
}

type Look = Pick<Finding, 'verdict' | 'message'>

async function attempt(about: string, look: () => Look | Promise<Look>): Promise<Finding> {
  try {
    return { about, ...(await look()) }
  } catch (error) {
    return { about, verdict: 'bad', message: error instanceof Error ? error.message : String(error) }
  }
}

function dataFolder({ folder }: Setup): Look {
  if (!existsSync(folder))
    return { verdict: 'note', message: `${folder} is not there yet: the first "rollcall up" or "rollcall collect --post" makes it` }
  accessSync(folder, constants.W_OK)
  const open = ['token', 'local-api.json']
    .map((name) => `${folder}/${name}`)
    .find((file) => existsSync(file) && (statSync(file).mode & 0o077) !== 0)
  return open === undefined
    ? { verdict: 'good', message: folder }
    : { verdict: 'bad', message: `${open} can be read by others: chmod 600 ${open}` }
}

async function cert({ certFile }: Setup): Promise<Look> {
  const known = await readCert(certFile)
  return known === null
    ? { verdict: 'note', message: `no name is pinned yet in ${certFile}` }
    : { verdict: 'good', message: `${known.name}, in ${certFile}` }
}

async function api(loaded: Setup): Promise<Look> {
  const found = await registerOf(loaded)
  await getJson(found, '/healthz')
  return { verdict: 'good', message: `${found.url} answers` }
}

/** Collects once and tells what does not come, and why. */
async function collection(loaded: Setup): Promise<Finding[]> {
  const plugins = await loadPlugins(loaded)
  const capture = await startLocal({ hidden: () => variablesIn(loaded.settings) })(
    prepare(plugins, { become: loaded.settings.become ?? undefined }),
  )
  const sections = plugins.map((plugin) => ({ about: plugin.name, section: evaluate(plugin, capture) }))
  const bad = sections.flatMap(({ about, section }): Finding[] => {
    if (section.status === 'ok')
      return section.reason === undefined ? [] : [{ about, verdict: 'note', message: `in part: ${section.reason}` }]
    return [
      {
        about,
        verdict: section.status === 'absent' || section.status === 'denied' ? 'note' : 'bad',
        message: `${section.status}: ${section.reason}`,
      },
    ]
  })
  const good = sections.filter(({ section }) => section.status === 'ok').length
  return [{ about: 'collection', verdict: 'good', message: `${good} of ${sections.length} sections come from this machine` }, ...bad]
}
