import type { Report, Section } from '../cmdb-api/contract.ts'
import type { ReportHead } from './spool-names.ts'

/** Data of a section as JSON in UTF-8, under its digest. */
export type Document = readonly [digest: string, json: Uint8Array]

/** A report as text, in parts: data that many reports have in common need to be handed on and kept once. */
export interface PackedReport {
  readonly head: ReportHead
  /** The report as JSON; what is among `documents` is missing from its sections. */
  readonly lean: string
  readonly documents: readonly Document[]
}

/** @param jsonOf a section's data as JSON, where it is at hand */
export function pack(report: Report, jsonOf: (section: Section) => Uint8Array = dataJson): PackedReport {
  const { id, seq, identity } = report
  const documents: Document[] = []
  const sections = Object.entries(report.sections).map(([name, section]): [string, Section] => {
    const { data, ...rest } = section
    if (data === undefined || section.digest === undefined) return [name, section]
    documents.push([section.digest, jsonOf(section)])
    return [name, rest]
  })
  return { head: { id, seq, identity }, lean: JSON.stringify({ ...report, sections: Object.fromEntries(sections) }), documents }
}

export function dataJson({ data }: Section): Uint8Array {
  return Buffer.from(JSON.stringify(data))
}

/**
 * The report with its data, but for those that `isKnown` says its reader has.
 *
 * @throws whatever `dataOf` throws for data that are not there
 */
export function unpack(lean: string, dataOf: (digest: string) => object, isKnown: IsKnown = () => false): Report {
  const report = JSON.parse(lean) as Report // Written by `pack`; the API validates it.
  const sections = Object.entries(report.sections).map(([name, section]): [string, Section] => {
    const { data, ...rest } = section
    if (rest.digest === undefined) return [name, section]
    return [name, isKnown(name, rest.digest) ? rest : { ...rest, data: data ?? dataOf(rest.digest) }]
  })
  return { ...report, sections: Object.fromEntries(sections) }
}

/** The whole report. */
export function whole({ lean, documents }: Pick<PackedReport, 'lean' | 'documents'>): Report {
  const byDigest = new Map(documents)
  // `pack` has put the data of every digest of `lean` among the documents.
  return unpack(lean, (digest) => JSON.parse(Buffer.from(byDigest.get(digest)!).toString('utf8')) as object)
}

/** Digests of the data that a packed report lacks. */
export function missingIn(lean: string): string[] {
  const missing: string[] = []
  unpack(lean, (digest) => ({ missing: missing.push(digest) }))
  return missing
}

/** Whether somebody has the data that a section's digest stands for. */
export type IsKnown = (section: string, digest: string) => boolean
