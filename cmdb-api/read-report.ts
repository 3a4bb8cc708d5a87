import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { cleanDocument } from './clean.ts'
import { Report, type Receipt } from './contract.ts'
import { receipt } from './receipt.ts'

const ajv = new Ajv2020({ allErrors: false, strict: true })
// ajv-formats is CommonJS: under nodenext its default export is typed as the module.
;(formats as unknown as typeof formats.default)(ajv, ['date-time'])
const check = ajv.compile<Report>(Report)

/** A report that fits the wire format, or the receipt that refuses it. Validated here too, not only at the HTTP border. */
export function readReport(value: unknown): { readonly report: Report } | { readonly refused: Receipt } {
  if (check(value)) {
    // The format allows 23:59:60, and no leap second is a time that a computer can count with.
    if (!Number.isNaN(Date.parse(value.collectedAt))) return { report: cleanEnvelope(value) }
    const errors = [{ pointer: '/collectedAt', message: 'must be a time that exists' }]
    return { refused: receipt({ reportId: value.id, outcome: 'rejected', errors }) }
  }
  const { id } = (typeof value === 'object' && value !== null ? value : {}) as { readonly id?: unknown }
  const errors = (check.errors ?? []).map((error) => ({ pointer: error.instancePath, message: said(error) }))
  return { refused: receipt({ reportId: typeof id === 'string' && id.length <= 64 ? id : null, outcome: 'rejected', errors }) }
}

/** Everything that the wire format bounds. Data is cleaned when its digest has been checked, volatile values when the known ones are picked. */
function cleanEnvelope(report: Report): Report {
  const { collector, identity, labels, sections } = report
  const reasons = Object.fromEntries(
    Object.entries(sections).flatMap(([name, { reason }]) => (reason === undefined ? [] : [[name, reason]])),
  )
  const told = { collector, identity, labels, reasons }
  const cleaned = cleanDocument(told)
  if (cleaned === told) return report
  const entries = Object.entries(sections).map(([name, section]) => {
    return [name, section.reason === undefined ? section : { ...section, reason: cleaned.reasons[name]! }] as const
  })
  return {
    ...report,
    collector: cleaned.collector,
    identity: cleaned.identity,
    labels: cleaned.labels,
    sections: Object.fromEntries(entries),
  }
}

function said({
  message = 'does not fit',
  params,
}: {
  readonly message?: string
  readonly params: Readonly<Record<string, unknown>>
}): string {
  if (typeof params['additionalProperty'] === 'string') return `unknown field ${JSON.stringify(params['additionalProperty'].slice(0, 100))}`
  if (Array.isArray(params['allowedValues'])) return `must be one of ${params['allowedValues'].join(', ')}`
  return message
}
