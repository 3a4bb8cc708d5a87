import { deleteAt, getJson, postJson, putJson, type Api } from '../collector/api-client.ts'
import { actionOf, needed } from './actions.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { readList, registerOf } from './read-register.ts'
import { setup } from './setup.ts'
import { table } from './table.ts'
import { bold, print, printable, printJson, tell } from './text.ts'

interface Options extends CommonOptions {
  readonly parent?: string
  readonly top?: true
  readonly nested?: true
  readonly force?: true
  readonly json?: true
}

interface Group {
  readonly name: string
  readonly version: number
  readonly parent: string | null
  readonly groups: readonly string[]
  readonly templates: readonly string[]
  readonly assets: number
}

interface Task {
  readonly api: Api
  readonly options: Options
  readonly name: string
  /** Names or ids of assets. */
  readonly assets: readonly string[]
}

const ACTIONS: Readonly<Record<string, (task: Task) => Promise<void>>> = { list, show, create, move, delete: remove, add, remove: takeOut }

/** Puts assets together, so that templates and tasks are for all of them. */
export default async function group(args: readonly string[]): Promise<number> {
  const command = commandLine('group', {
    description:
      'Groups of assets, nested in each other. A template that is linked to a group is for all assets in it, and in the groups nested in it.',
    examples: [
      ['rollcall group create dc1', 'a group'],
      ['rollcall group create rack2 --parent dc1', 'a group nested in another'],
      ['rollcall group add rack2 web-01 web-02', 'puts assets into it'],
      ['rollcall group show dc1 --nested', 'with the assets of all groups nested in it'],
      ['rollcall group remove rack2 web-02', 'takes an asset out; the asset stays'],
      ['rollcall group move rack2 --parent dc2', 'with all that is in it; --top: into none'],
      ['rollcall group delete rack2 --force', 'also with assets in it; these stay'],
      ['rollcall changes --section group', 'who changed what, and when'],
    ],
  })
    .argument('<action>', 'list, show, create, move, delete, add or remove')
    .argument('[name]', 'name of a group')
    .argument('[asset...]', 'with add and remove: names or ids of assets')
    .option('--parent <group>', 'with create and move: the group that it is nested in')
    .option('--top', 'with move: nested in none')
    .option('--nested', 'with show: also the assets of groups nested in it')
    .option('--force', 'with delete: also where it has assets or templates')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const [action = '', name, ...assets] = operands
  const run = actionOf('group', ACTIONS, action)
  const task = { options, name: action === 'list' ? '' : needed(name, 'which group? "rollcall group list" shows them'), assets }
  await run({ ...task, api: await registerOf(await setup(options)) })
  return EXIT.done
}

async function list({ api, options }: Task): Promise<void> {
  const { results } = await readList<Group>(api, '/groups', {}, Number.POSITIVE_INFINITY)
  if (options.json === true) return printJson(results)
  if (results.length === 0) return tell('no groups yet: "rollcall group create NAME" makes one')
  print(
    table(results, [
      { title: 'NAME', value: (row) => row.name },
      { title: 'NESTED IN', value: (row) => row.parent },
      { title: 'TEMPLATES', value: (row) => row.templates.join(', ') },
      { title: 'ASSETS', value: (row) => row.assets, right: true },
    ]),
  )
}

async function show({ api, options, name }: Task): Promise<void> {
  const found = (await getJson(api, pathOf(name))) as Group
  const query = { nested: options.nested === true ? 'true' : undefined }
  const path = `/groups/${encodeURIComponent(name)}/assets`
  const { results } = await readList<{ readonly id: string; readonly name: string }>(api, path, query, Number.POSITIVE_INFINITY)
  if (options.json === true) return printJson({ ...found, assets: results })
  print(bold(printable(name)))
  print(`nested in: ${printable(found.parent ?? 'none')}`)
  print(`groups:    ${printable(found.groups.join(', ')) || 'none'}`)
  print(`templates: ${printable(found.templates.join(', ')) || 'none'}`)
  print(`assets:    ${printable(results.map((asset) => asset.name).join(', ')) || 'none'}`)
}

async function create({ api, options, name }: Task): Promise<void> {
  const made = await postJson(api, '/api/v1/groups', JSON.stringify({ name, parent: options.parent ?? null }))
  if (options.json === true) printJson(made)
  else
    tell(
      `group ${name} is made${options.parent === undefined ? '' : `, nested in ${options.parent}`}; "rollcall group add ${name} ASSET" puts assets into it`,
    )
}

async function move({ api, options, name }: Task): Promise<void> {
  if ((options.parent === undefined) === (options.top !== true)) throw new UsageError('where to? Add --parent GROUP, or --top')
  const moved = await putJson(api, pathOf(name), JSON.stringify({ parent: options.parent ?? null }))
  if (options.json === true) printJson(moved)
  else tell(`group ${name} is nested in ${options.parent ?? 'none'}`)
}

async function remove({ api, options, name }: Task): Promise<void> {
  await deleteAt(api, `${pathOf(name)}${options.force === true ? '?force=true' : ''}`)
  tell(`group ${name} is deleted`)
}

async function add({ api, name, assets }: Task): Promise<void> {
  for (const path of membersOf(name, assets)) await putJson(api, path, null)
  tell(`in group ${name}: ${assets.join(', ')}`)
}

async function takeOut({ api, name, assets }: Task): Promise<void> {
  for (const path of membersOf(name, assets)) await deleteAt(api, path)
  tell(`no longer in group ${name}: ${assets.join(', ')}`)
}

function membersOf(name: string, assets: readonly string[]): string[] {
  if (assets.length === 0)
    throw new UsageError(`which assets? Their names or ids follow the group's: rollcall group add ${name} web-01 web-02`)
  return assets.map((asset) => `${pathOf(name)}/assets/${encodeURIComponent(asset)}`)
}

function pathOf(name: string): string {
  return `/api/v1/groups/${encodeURIComponent(name)}`
}
