import { Type } from 'typebox'
import type { Report, Section } from '../../cmdb-api/contract.ts'
import { Ingest } from '../../cmdb-api/ingest.ts'
import { sectionSpec } from '../../cmdb-api/section-spec.ts'
import { currentSections } from '../../cmdb-api/state.ts'
import { uuidV7 } from '../../plugins/uuid.ts'
import { definePlugin, type Plugin } from '../../plugins/define.ts'
import { digestOf } from '../../plugins/digest.ts'
import { integer, list as listOf, name, section as sectionOf, text, textSet } from '../../plugins/fields.ts'
import type { Register } from '../../repository/connect.ts'
import { OPS } from '../../repository/history.ts'

/** A plugin with one of everything, for tests of the register: versions 1 and 2, which has one field more. */
export function gadget(version: 1 | 2, named = 'gadget'): Plugin {
  const item = {
    wwn: text('Key.', 'test'),
    slot: text('Weaker key.', 'test'),
    label: name('Last resort.', 'test'),
    sizeBytes: integer('Size.', 'test'),
    tags: textSet('A set.', 'test'),
    state: text('Volatile.', 'test'),
    ...(version === 2 && { firmware: text('New in version 2.', 'test') }),
  }
  const schema = sectionOf({
    model: text('A scalar.', 'test'),
    owners: textSet('A set.', 'test'),
    usedBytes: integer('Volatile.', 'test'),
    parts: listOf('A list.', item),
  })
  return definePlugin({
    name: named,
    version,
    summary: 'For tests.',
    probes: {},
    schema: Type.Unsafe<{
      model: string | null
      usedBytes: number | null
      parts: { wwn: string; slot: string; label: string; state: string }[] | null
    }>(schema) as never,
    keys: { parts: ['wwn', 'slot', 'label'] } as never,
    volatile: ['usedBytes', 'parts.state'] as never,
    parse: () => ({}) as never,
  })
}

export function okSection(data: object, rest: Partial<Section> = {}): Section {
  return { status: 'ok', version: 1, digest: digestOf(data), data, ...rest }
}

/** The same section as a collector sends it that knows it to be unchanged. */
export function digestOnly({ data: _data, ...section }: Section): Section {
  return section
}

/** A report of one host, with whatever a test wants to say differently. */
export function reportOf(
  of: { readonly seq: number; readonly sections: Report['sections'] } & Partial<Omit<Report, 'identity'>> & {
      readonly identity?: Partial<Report['identity']>
    },
): Report {
  return {
    id: uuidV7(Date.now()),
    collectedAt: new Date().toISOString(),
    collector: { version: '0.0.0', mode: 'agent', name: 'web-01' },
    labels: {},
    ...of,
    identity: {
      name: 'web-01',
      assetId: null,
      kind: 'physical',
      evidence: { cert: 'cert-web-01', hostname: 'web-01', machineId: 'a1b2c3d4e5f60718' },
      ...of.identity,
    },
  }
}

/** Rows of every table; a report that says nothing new adds none to any. */
export async function rowCounts({ db }: Register): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of [
    'asset',
    'claim',
    'section',
    'document',
    'observed',
    'change_set',
    'change',
    'field',
    'conflict',
    'held_report',
  ] as const) {
    const { n } = await db
      .selectFrom(table)
      .select((e) => e.fn.countAll().as('n'))
      .executeTakeFirstOrThrow()
    counts[table] = Number(n)
  }
  return counts
}

/** The history as short texts, oldest first: `section list item field op old new source`. */
export async function historyOf({ db }: Register): Promise<string[]> {
  const rows = await db
    .selectFrom('change')
    .innerJoin('field', 'field.id', 'change.field_id')
    .innerJoin('change_set', 'change_set.id', 'change.set_id')
    .select(['field.section', 'field.list', 'change.item', 'field.field', 'change.op', 'change.old', 'change.new', 'change_set.source'])
    .orderBy('change.id')
    .execute()
  return rows.map(({ section, list, item, field, op, old, new: now, source }) =>
    [section, list || '-', item ?? '-', field || '-', OPS[op], old ?? '-', now ?? '-', source].join(' '),
  )
}

/** What a section holds now, with its state. */
export async function sectionOn({ reader }: Register, section: string) {
  const asset = await reader.selectFrom('asset').select('id').orderBy('id').executeTakeFirstOrThrow()
  const found = (await currentSections(reader, asset.id)).find(({ row }) => row.name === section)
  return found === undefined ? null : { ...found.row, data: found.data, kept: JSON.parse(found.row.kept) as string[] }
}

export function ingestOn(
  register: Register,
  options: { readonly plugins?: readonly Plugin[]; readonly now?: () => number; readonly staleAfterMs?: number } = {},
): Ingest {
  const specs = new Map((options.plugins ?? [gadget(2)]).map((plugin) => [plugin.name, sectionSpec(plugin)]))
  const log = {
    warn: () => undefined,
    error: (fields: object) =>
      void process.stderr.write(`${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.stack : value))}\n`),
  }
  return new Ingest({ register, specs, staleAfterMs: options.staleAfterMs ?? 86_400_000, now: options.now ?? Date.now, log })
}
