import type { Receipt, Report, Section } from '../../cmdb-api/contract.ts'
import { uuidV7 } from '../../plugins/uuid.ts'
import { digestOf } from '../../plugins/digest.ts'

/** A section as `collectHost` makes it. */
export function sectionOf(data: object): Section {
  return { status: 'ok', version: 1, digest: digestOf(data), data, volatile: { freeBytes: 1 } }
}

export function reportOf(seq: number, sections: Record<string, Section>, name = 'web-01'): Report {
  return {
    id: uuidV7(seq, new Uint8Array(10)),
    seq,
    collectedAt: new Date(seq).toISOString(),
    collector: { version: '0.1.0', mode: 'agent', name },
    identity: { name, assetId: null, kind: 'physical', evidence: { cert: `cert-of-${name}` } },
    labels: {},
    sections,
  }
}

export function receiptOf(report: Report, outcome: Receipt['outcome'], needs: string[] = []): Receipt {
  return {
    reportId: report.id,
    outcome,
    matchedBy: null,
    identity:
      outcome === 'rejected' || outcome === 'incomplete'
        ? null
        : { name: report.identity.name, assetId: `asset-of-${report.identity.name}` },
    changeSetId: null,
    changes: 0,
    needs,
    warnings: [],
    errors: [],
  }
}
