import { hash, randomUUID } from 'node:crypto'
import type { Report } from '../cmdb-api/contract.ts'

/** What the spool looks at in a report. */
export type ReportHead = Pick<Report, 'id' | 'seq' | 'identity'>

/** `seq` first: files sort by collection. The host's part tells which reports must stay in order, without reading them. */
export function fileOf({ seq, id, identity }: ReportHead): string {
  return `${String(seq).padStart(16, '0')}.${hostKeyOf(identity)}.${id}.json`
}

/** Tells hosts apart by their cert, else by their name. */
export function hostKeyOf({ evidence, name }: Report['identity']): string {
  return hash('sha256', evidence.cert ?? name, 'hex').slice(0, 16)
}

/** The host's part of a report's file name; null where it is no report's. */
export function hostIn(file: string): string | null {
  return FILE.exec(file)?.[1] ?? null
}

/** A name that no bundle ever had: it sorts with its first report. */
export function bundleNameFor(first: string): string {
  return `${first.slice(0, 'seq             .host            .'.length)}${randomUUID()}.bundle`
}

export function isBundle(name: string): boolean {
  return BUNDLE.test(name)
}

const FILE = /^\d{16}\.([0-9a-f]{16})\.[0-9a-f-]{36}\.json$/
const BUNDLE = /^\d{16}\.[0-9a-f]{16}\.[0-9a-f-]{36}\.bundle$/
