import { getJson } from '../collector/api-client.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { driftOf, type Asset } from './assets.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { registerOf } from './read-register.ts'
import { setup } from './setup.ts'
import { table } from './table.ts'
import { bold, print, printable, printJson } from './text.ts'
import { readWhen, shortTime } from './when.ts'

interface Options extends CommonOptions {
  readonly at?: string
  readonly section?: string
  readonly json?: true
}

interface Section {
  readonly status: string
  readonly reason: string | null
  readonly collectedAt: string | null
  readonly data: Readonly<Record<string, unknown>> | null
}

type Item = Readonly<Record<string, unknown>>

/** Items of a list that are shown before the rest is only counted. */
const FEW = 12

/** Shows one asset with its sections. */
export default async function asset(args: readonly string[]): Promise<number> {
  const command = commandLine('asset', {
    description: 'Show one asset with all its sections, as it is now or as the register had it at an earlier time.',
    examples: [
      ['rollcall asset web-01', 'as it is now'],
      ['rollcall asset web-01 --at 2026-03-01', 'as it was on the first of March'],
      ['rollcall asset web-01 --section software', 'one section, with every item'],
    ],
  })
    .argument('<name>', 'name or id')
    .option('--at <time>', 'RFC 3339, a day, or how long ago as in 7d')
    .option('--section <name>', 'only this section, whole')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const loaded = await setup(options)
  const at = options.at === undefined ? '' : `?at=${encodeURIComponent(readWhen(options.at, Date.now()))}`
  // As GET /assets/{id} answers.
  const found = (await getJson(await registerOf(loaded), `/api/v1/assets/${encodeURIComponent(operands[0]!)}${at}`)) as Asset & {
    readonly sections: Readonly<Record<string, Section>>
  }
  const { sections, ...head } = found
  const names = options.section === undefined ? Object.keys(sections) : [options.section]
  if (options.section !== undefined && sections[options.section] === undefined)
    throw new UsageError(`${head.name} has no section ${options.section}; it has ${Object.keys(sections).join(', ')}`)
  const shown = Object.fromEntries(names.map((name) => [name, sections[name]!]))
  if (options.json === true) {
    printJson({ ...head, sections: shown })
    return EXIT.done
  }
  const labels = Object.entries(head.labels).map(([key, value]) => `${key}=${value}`)
  print(bold(printable(head.name)))
  print(
    fields({
      id: head.id,
      kind: head.kind,
      status: head.status,
      hostname: `${head.hostname ?? '-'}${head.drift ? `  (drift: ${driftOf(head)})` : ''}`,
      lastSeen: shortTime(head.lastSeen),
      labels: labels.join(', ') || null,
    }),
  )
  for (const [name, section] of Object.entries(shown))
    print(`\n${describe(name, section, options.section === undefined ? FEW : Number.POSITIVE_INFINITY)}`)
  return EXIT.done
}

function describe(name: string, { status, reason, data }: Section, most: number): string {
  const title = bold(name) + (status === 'ok' ? '' : `  ${status}: ${printable(reason ?? '')}${data === null ? '' : ' (last known:)'}`)
  if (data === null) return title
  const scalars = Object.fromEntries(
    Object.entries(data).filter(([, value]) => !isList(value) && value !== null && !(Array.isArray(value) && value.length === 0)),
  )
  const lists = Object.entries(data).filter((entry): entry is [string, Item[]] => isList(entry[1]))
  return [
    title,
    ...(Object.keys(scalars).length > 0 ? [fields(scalars)] : []),
    ...lists.map(([list, items]) => `  ${list} (${items.length})\n${indent(itemTable(items, most), 4)}`),
  ].join('\n')
}

function isList(value: unknown): value is Item[] {
  return Array.isArray(value) && typeof value[0] === 'object'
}

function itemTable(items: readonly Item[], most: number): string {
  const columns = [...new Set(items.flatMap((item) => Object.keys(item).filter((field) => item[field] !== null && !isEmpty(item[field]))))]
  const text = table(
    items.slice(0, most),
    columns.map((field) => ({ title: field, value: (item: Item) => show(item[field]) })),
    { width: (process.stdout.columns ?? 10_000) - 4 },
  )
  return items.length > most ? `${text}\n... and ${items.length - most} more` : text
}

function fields(values: Readonly<Record<string, unknown>>): string {
  const known = Object.entries(values).filter(([, value]) => value !== null)
  const width = Math.max(...known.map(([field]) => field.length))
  return known.map(([field, value]) => `  ${field.padEnd(width)}  ${printable(show(value) ?? '-')}`).join('\n')
}

function show(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

function indent(text: string, by: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(by))
}
