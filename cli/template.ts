import { deleteAt, getJson, postJson, putJson, type Api } from '../collector/api-client.ts'
import { ApiRefused } from '../collector/errors.ts'
import { actionOf, needed } from './actions.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { readList, registerOf } from './read-register.ts'
import { readService, servicesTable, showInterval, type Services } from './services.ts'
import { setup } from './setup.ts'
import { table } from './table.ts'
import { bold, print, printable, printJson, tell } from './text.ts'

interface Options extends CommonOptions {
  readonly asset?: string[]
  readonly group?: string[]
  readonly force?: true
  readonly json?: true
}

interface Template {
  readonly name: string
  readonly version: number
  readonly services: Services
  readonly groups: readonly string[]
  readonly assets: number
}

interface Task {
  readonly api: Api
  readonly options: Options
  readonly name: string
  /** What follows the name. */
  readonly rest: readonly string[]
}

/** Assets that are shown by name before the rest is only counted. */
const FEW = 20

const ACTIONS: Readonly<Record<string, (task: Task) => Promise<void>>> = { list, show, set, unset, delete: remove, link, unlink }

/** Decides in the centre what agents run, and how often. */
export default async function template(args: readonly string[]): Promise<number> {
  const command = commandLine('template', {
    description:
      'Templates: named sets of services that agents run, linked to assets and groups. A template linked to an asset beats one linked to a group, a group beats the one around it.',
    examples: [
      ['rollcall template set web disks=disk:15m nics=nic:1h', 'makes the template, or adds services to it'],
      ['rollcall template link web --group dc1', 'for all agents in a group, and in the groups nested in it'],
      ['rollcall template link web --asset web-01 web-02', 'for two agents'],
      ['rollcall template show web', 'its services, and what it is linked to'],
      ['rollcall template unset web nics', 'takes a service out'],
      ['rollcall template unlink web --asset web-01', 'no longer for this one'],
      ['rollcall template delete web --force', 'also where it is still linked'],
      ['rollcall changes --section template', 'who changed what, and when'],
    ],
  })
    .argument('<action>', 'list, show, set, unset, delete, link or unlink')
    .argument('[name]', 'name of a template')
    .argument('[service...]', 'with set: NAME=PLUGIN:INTERVAL (or PLUGIN:INTERVAL); with unset: NAME')
    .option('--asset <name...>', 'with link and unlink: names or ids of assets')
    .option('--group <name...>', 'with link and unlink: names of groups')
    .option('--force', 'with delete: also where it is still linked')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const [action = '', name, ...rest] = operands
  const run = actionOf('template', ACTIONS, action)
  const task = { options, name: action === 'list' ? '' : needed(name, 'which template? "rollcall template list" shows them'), rest }
  await run({ ...task, api: await registerOf(await setup(options)) })
  return EXIT.done
}

async function list({ api, options }: Task): Promise<void> {
  const { results } = await readList<Template>(api, '/templates', {}, Number.POSITIVE_INFINITY)
  if (options.json === true) return printJson(results)
  if (results.length === 0) return tell('no templates yet: "rollcall template set NAME SERVICE=PLUGIN:INTERVAL" makes one')
  const services = (row: Template) => Object.entries(row.services).map(([name, [, seconds]]) => `${name} ${showInterval(seconds)}`)
  print(
    table(results, [
      { title: 'NAME', value: (row) => row.name },
      { title: 'SERVICES', value: (row) => services(row).join(', ') },
      { title: 'GROUPS', value: (row) => row.groups.join(', ') },
      { title: 'ASSETS', value: (row) => row.assets, right: true },
    ]),
  )
}

async function show({ api, options, name }: Task): Promise<void> {
  const shown = (await getJson(api, pathOf(name))) as Template
  const { results, more } = await readList<{ readonly name: string }>(api, `/templates/${encodeURIComponent(name)}/assets`, {}, FEW)
  const assets = results.map((asset) => asset.name)
  if (options.json === true) return printJson(shown)
  print(`${bold(printable(name))}  version ${shown.version}`)
  print(Object.keys(shown.services).length === 0 ? 'no services' : servicesTable(shown.services))
  print(`groups: ${printable(shown.groups.join(', ')) || 'none'}`)
  print(`assets: ${printable(assets.join(', ')) || 'none'}${more ? `, and ${shown.assets - assets.length} more` : ''}`)
}

async function set({ api, options, name, rest }: Task): Promise<void> {
  if (rest.length === 0) throw new UsageError(`which services? As in: rollcall template set ${name} disks=disk:15m nics=nic:1h`)
  const services = Object.fromEntries(rest.map(readService))
  const before = await existing(api, name)
  if (before === null) tellOf(options, await postJson(api, '/api/v1/templates', JSON.stringify({ name, services })))
  else tellOf(options, await replace(api, before, { ...before.services, ...services }))
}

async function unset({ api, options, name, rest }: Task): Promise<void> {
  const before = (await getJson(api, pathOf(name))) as Template
  const unknown = rest.filter((service) => !Object.hasOwn(before.services, service))
  if (rest.length === 0 || unknown.length > 0)
    throw new UsageError(
      `${unknown.length === 0 ? 'which services?' : `template ${name} has no service ${unknown.join(', ')}.`} It has ${Object.keys(before.services).join(', ') || 'none'}`,
    )
  const services = Object.entries(before.services).filter(([service]) => !rest.includes(service))
  tellOf(options, await replace(api, before, Object.fromEntries(services)))
}

async function remove({ api, options, name }: Task): Promise<void> {
  await deleteAt(api, `${pathOf(name)}${options.force === true ? '?force=true' : ''}`)
  tell(`template ${name} is deleted`)
}

async function link({ api, options, name }: Task): Promise<void> {
  for (const { path, what } of targets(name, options)) {
    await putJson(api, path, null)
    tell(`template ${name} is linked to ${what}`)
  }
}

async function unlink({ api, options, name }: Task): Promise<void> {
  for (const { path, what } of targets(name, options)) {
    await deleteAt(api, path)
    tell(`template ${name} is no longer linked to ${what}`)
  }
}

function targets(name: string, { asset = [], group = [] }: Options) {
  if (asset.length + group.length === 0) throw new UsageError('to what? Add --asset NAME or --group NAME')
  return [
    ...asset.map((one) => ({ path: `${pathOf(name)}/assets/${encodeURIComponent(one)}`, what: one })),
    ...group.map((one) => ({ path: `${pathOf(name)}/groups/${encodeURIComponent(one)}`, what: `group ${one}` })),
  ]
}

async function existing(api: Api, name: string): Promise<Template | null> {
  try {
    return (await getJson(api, pathOf(name))) as Template
  } catch (error) {
    if (error instanceof ApiRefused && error.status === 404) return null
    throw error
  }
}

async function replace(api: Api, { name, version }: Template, services: Services): Promise<unknown> {
  return await putJson(api, pathOf(name), JSON.stringify({ services }), version)
}

function tellOf(options: Options, answer: unknown): void {
  if (options.json === true) return printJson(answer)
  const { name, version, services } = answer as Template
  tell(`template ${name}, version ${version}:`)
  if (Object.keys(services).length > 0) print(servicesTable(services))
}

function pathOf(name: string): string {
  return `/api/v1/templates/${encodeURIComponent(name)}`
}
