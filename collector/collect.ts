import { randomUUID } from 'node:crypto'
import type { Mode, Report, Section } from '../cmdb-api/contract.ts'
import type { Plugin } from '../plugins/define.ts'
import { parseSection, seal, type Check, type Parsed } from '../plugins/evaluate.ts'
import type { Capture } from '../plugins/frames.ts'
import type { Cert } from './cert.ts'
import { readAhead } from './ahead.ts'
import { MiddlewareError } from './errors.ts'
import { EVIDENCE_PROBES, evidenceOf } from '../plugins/evidence.ts'
import type { Watch } from './job.ts'
import { wrap, type Draft, type Middleware } from './middleware.ts'
import { nextCert } from './pin.ts'
import type { SectionMemo } from './section-memo.ts'
import { uuidV7 } from '../plugins/uuid.ts'

export interface Collection {
  readonly plugins: readonly Plugin[]
  /** Plugins that somebody asks for and this collector does not have: a section each, so that people see it. */
  readonly skipped?: readonly string[]
  readonly middleware?: readonly Middleware[]
  /** Brings the host's answers; a script that was started earlier, or a recorded capture, is as good. */
  readonly run: (watch: Watch) => Promise<Capture>
  /** What the host's cert says now; null where it has none. */
  readonly cert: Cert | null
  /** Whether this report is to be posted, and so pins the name of a host that has none. */
  readonly pin: boolean
  /** By what name the host is known where it has no cert and does not tell its own. */
  readonly address: string
  readonly collector: { readonly version: string; readonly mode: Mode; readonly name: string }
  readonly now: () => number
  /** For plugins whose sections need a look before they are sent: those that rollcall does not bring along. */
  readonly checkOf?: (plugin: Plugin) => Check | undefined
  /** Where many hosts are collected by the same plugins: what was made of the same answers before. */
  readonly memo?: SectionMemo
}

export interface Collected {
  /** With all data. */
  readonly report: Report
  /** To be written before the report is spooled; null where nothing is pinned. */
  readonly cert: Cert | null
  /** As the host's cert was read for this collection; null where it had none. */
  readonly before: Cert | null
}

/**
 * One host: its answers, through plugins and middleware, as a report. Nothing is written.
 *
 * @throws {RunnerError} where the host could not be asked at all
 * @throws {MiddlewareError} where a middleware gives back something that is no report
 */
export async function collectHost({
  plugins,
  skipped = [],
  middleware = [],
  run,
  cert,
  pin,
  address,
  collector,
  now,
  checkOf,
  memo,
}: Collection): Promise<Collected> {
  const collectedAt = now()
  const sealed = new Map<Parsed, Section>()
  const sealedOf = (plugin: Plugin, section: Parsed): Section => {
    const make = (): Section => seal(plugin, section)
    return sealed.get(section) ?? memo?.sealed(plugin, section, make) ?? make()
  }
  const core = async (): Promise<Draft> => {
    let identity: ReturnType<typeof evidenceOf> | undefined
    const parsed = new Map<Plugin, Parsed>()
    const parse = (plugin: Plugin, capture: Capture): void => {
      const make = (): Parsed => parseSection(plugin, capture, checkOf?.(plugin))
      const section = memo?.parsed(plugin, capture, make) ?? make()
      parsed.set(plugin, section)
      // A middleware may still write another section.
      if (middleware.length === 0) sealed.set(section, sealedOf(plugin, section))
    }
    const ahead = readAhead([
      { probes: EVIDENCE_PROBES, read: (capture) => (identity = evidenceOf(capture)) },
      ...plugins.map((plugin) => ({ probes: plugin.probes, read: (capture: Capture) => parse(plugin, capture) })),
    ])
    const capture = await run(ahead.watch)
    ahead.finish(capture)
    const sections = plugins.map((plugin) => [plugin.name, parsed.get(plugin)!] as const)
    return { ...(identity ?? evidenceOf(capture)), labels: {}, sections: Object.fromEntries(sections) }
  }
  const { kind, evidence, labels, sections } = await wrap(middleware, core)({ name: cert?.name ?? address, mode: collector.mode })
  const next = nextCert(cert, { name: evidence.hostname ?? address, id: randomUUID(), now: collectedAt })
  const id = pin ? next.id : cert?.id
  const report: Report = {
    id: uuidV7(collectedAt),
    seq: next.seq,
    collectedAt: new Date(collectedAt).toISOString(),
    collector,
    identity: {
      name: next.name,
      assetId: next.assetId,
      kind,
      evidence: { ...evidence, ...(typeof id === 'string' && { cert: id }) },
    },
    labels: { ...labels },
    sections: { ...sealAll(plugins, sections, sealedOf), ...Object.fromEntries(skipped.map((name) => [name, UNKNOWN])) },
  }
  return { report, cert: pin ? next : null, before: cert }
}

const UNKNOWN: Section = {
  status: 'skipped',
  reason: 'this collector has no plugin of that name; update it, or name its file in the setting "plugins"',
}

function sealAll(
  plugins: readonly Plugin[],
  sections: Draft['sections'],
  sealedOf: (plugin: Plugin, section: Parsed) => Section,
): Record<string, Section> {
  const entries = Object.entries(sections).map(([name, section]): [string, Section] => {
    const plugin = plugins.find((one) => one.name === name)
    if (plugin === undefined) throw new MiddlewareError(`a middleware added the section ${name}, which no plugin declares`)
    return [name, sealedOf(plugin, section)]
  })
  return Object.fromEntries(entries)
}
