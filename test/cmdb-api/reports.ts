import { Type } from 'typebox'
import type { Report, Section } from '../../cmdb-api/contract.ts'
import { Ingest } from '../../cmdb-api/ingest.ts'
import { sectionSpec } from '../../cmdb-api/section-spec.ts'
import { uuidv7 } from '../../cmdb-api/uuid.ts'
import { definePlugin, type Plugin } from '../../plugins/define.ts'
import { digestOf } from '../../plugins/digest.ts'
import { integer, list, name, section, text, textSet } from '../../plugins/fields.ts'
import type { Register } from '../../repository/connect.ts'

/** A plugin with one of everything, for tests of the register: versions 1 and 2, which has one field more. */
export function gadget(version: 1 | 2): Plugin {
  const item = {
    wwn: text('Key.', 'test'),
    slot: text('Weaker key.', 'test'),
    label: name('Last resort.', 'test'),
    sizeBytes: integer('Size.', 'test'),
    tags: textSet('A set.', 'test'),
    state: text('Volatile.', 'test'),
    ...(version === 2 && { firmware: text('New in version 2.', 'test') }),
  }
  const schema = section({
    model: text('A scalar.', 'test'),
    owners: textSet('A set.', 'test'),
    usedBytes: integer('Volatile.', 'test'),
    parts: list('A list.', item),
  })
  return definePlugin({
    name: 'gadget',
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
    parse: () => ({}),
  }) as unknown as Plugin
}

export function okSection(data: object, rest: Partial<Section> = {}): Section {
  return { status: 'ok', version: 1, digest: digestOf(data), data, ...rest }
}

/** A report of one host, with whatever a test wants to say differently. */
export function reportOf(
  of: { readonly seq: number; readonly sections: Report['sections'] } & Partial<Omit<Report, 'identity'>> & {
      readonly identity?: Partial<Report['identity']>
    },
): Report {
  return {
    id: uuidv7(Date.now()),
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
