import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { readList, registerOf } from './read-register.ts'
import { setup } from './setup.ts'
import { table } from './table.ts'
import { print, printJson, tell } from './text.ts'
import { wholeNumber } from './values.ts'
import { readWhen, shortTime } from './when.ts'

interface Options extends CommonOptions {
  readonly since?: string
  readonly until?: string
  readonly section?: string
  readonly limit: string
  readonly upgrades?: true
  readonly json?: true
}

interface Change {
  readonly assetName: string
  readonly at: string
  readonly section: string
  readonly list: string | null
  readonly item: string | null
  readonly field: string | null
  readonly op: 'added' | 'removed' | 'changed'
  readonly old: unknown
  readonly new: unknown
  readonly source: string
}

/** Shows what changed, newest first. */
export default async function changes(args: readonly string[]): Promise<number> {
  const command = commandLine('changes', {
    description: 'What changed, newest first: of all assets, or of one.',
    examples: [
      ['rollcall changes', 'the latest changes everywhere'],
      ['rollcall changes web-01 --since 7d', 'one host, the last seven days'],
      ['rollcall changes --section disk --since 2026-01-01', 'disks that came and went this year'],
    ],
  })
    .argument('[name]', 'name or id of one asset')
    .option('--since <time>', 'RFC 3339, a day, or how long ago as in 7d')
    .option('--until <time>', 'the same')
    .option('--section <names>', 'only these sections, separated by commas')
    .option('--upgrades', 'also differences between two versions of a plugin')
    .option('--limit <number>', 'at most so many', '100')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const limit = wholeNumber('--limit', options.limit, 1_000_000)
  const loaded = await setup(options)
  const query = {
    asset: operands[0],
    at__gte: when(options.since),
    at__lte: when(options.until),
    section__in: options.section,
    source__in: options.upgrades === true ? 'agent,ssh,salt,import,person,system,upgrade' : undefined,
  }
  const { results, more } = await readList<Change>(await registerOf(loaded), '/changes', query, limit)
  if (options.json === true) printJson(results)
  else if (results.length === 0) tell('no changes')
  else
    print(
      table(results, [
        { title: 'WHEN', value: ({ at }) => shortTime(at) },
        { title: 'ASSET', value: ({ assetName }) => assetName },
        { title: 'WHAT', value: what },
        { title: 'CHANGE', value: how },
        { title: 'SOURCE', value: ({ source }) => source },
      ]),
    )
  if (more) tell('there are more: --limit, --since and --section narrow or widen the view')
  return EXIT.done
}

function when(text: string | undefined): string | undefined {
  return text === undefined ? undefined : readWhen(text, Date.now())
}

function what({ section, list, item, field }: Change): string {
  return [section, list, item, field].filter((part) => part !== null).join(' ')
}

function how({ op, old, new: now, field, item, list }: Change): string {
  if (op === 'changed') return `${show(old)} -> ${show(now)}`
  if (item !== null && field === null) return `${op} ${summary(op === 'added' ? now : old)}`
  return list === null ? op : `${op}: ${show(now)} items`
}

/** The first few known values of an item. */
function summary(item: unknown): string {
  if (typeof item !== 'object' || item === null) return ''
  const known = Object.entries(item).filter(([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0))
  return `(${known
    .slice(0, 4)
    .map(([field, value]) => `${field} ${show(value)}`)
    .join(', ')})`
}

function show(value: unknown): string {
  return value === null ? 'unknown' : typeof value === 'string' ? value : JSON.stringify(value)
}
