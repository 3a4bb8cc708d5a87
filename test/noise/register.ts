import type { Receipt } from '../../cmdb-api/contract.ts'
import type { Ingest } from '../../cmdb-api/ingest.ts'
import type { Cert } from '../../collector/cert.ts'
import { collectHost } from '../../collector/collect.ts'
import type { Plugin } from '../../plugins/define.ts'
import type { Capture } from '../../plugins/frames.ts'
import { BUILTINS, DEFAULTS } from '../../plugins/index.ts'
import { changesOfSet } from '../../repository/changes.ts'
import type { Register } from '../../repository/connect.ts'
import { OPS } from '../../repository/history.ts'
import { ingestOn } from '../cmdb-api/reports.ts'

/** One host and the register that it reports to. */
export interface Watched {
  /** Collects the host from a capture, posts the report, and gives the receipt with what was recorded: `disk disks serial=X sizeBytes 1 -> 2`. */
  post(capture: Capture): Promise<{ readonly receipt: Receipt; readonly changes: string[] }>
  close(): Promise<void>
}

/** The plugins that run by default. */
export async function defaultPlugins(): Promise<Plugin[]> {
  return await Promise.all(DEFAULTS.map(async (name) => (await BUILTINS[name]!()).default))
}

/** A host whose captures go the whole way: plugins, collector, digests, ingest, history. */
export async function watch(register: Register): Promise<Watched> {
  const plugins = await defaultPlugins()
  const ingest: Ingest = ingestOn(register, { plugins })
  let cert: Cert | null = null
  let now = Date.parse('2026-01-01T09:00:00Z')
  return {
    post: async (capture) => {
      now += 3_600_000
      const collected = await collectHost({
        plugins,
        run: () => Promise.resolve(capture),
        cert,
        pin: true,
        address: 'web2',
        collector: { version: '0.0.0', mode: 'agent', name: 'web2' },
        now: () => now,
      })
      const [receipt] = await ingest.submit([collected.report])
      cert = { ...collected.cert!, assetId: receipt!.identity?.assetId ?? null }
      return { receipt: receipt!, changes: receipt!.changeSetId === null ? [] : await changesOf(register, Number(receipt!.changeSetId)) }
    },
    close: () => ingest.close(),
  }
}

async function changesOf({ reader }: Register, setId: number): Promise<string[]> {
  const rows = await changesOfSet(reader, setId, { after: null, limit: 1000 })
  return rows
    .map(({ section, list, item, field, op, old, new: now }) => {
      const what = [section, list, item, field].filter((part) => part !== null && part !== '').join(' ')
      return `${what} ${OPS[op] === 'changed' ? `${old} -> ${now}` : OPS[op]}`
    })
    .toSorted()
}
