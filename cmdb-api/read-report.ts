import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { Report, type Receipt } from './contract.ts'
import { receipt } from './receipt.ts'

const ajv = new Ajv2020({ allErrors: false, strict: true })
// ajv-formats is CommonJS: under nodenext its default export is typed as the module.
;(formats as unknown as typeof formats.default)(ajv, ['date-time'])
const check = ajv.compile<Report>(Report)

/** A report that fits the wire format, or the receipt that refuses it. Validated here too, not only at the HTTP border. */
export function readReport(value: unknown): { readonly report: Report } | { readonly refused: Receipt } {
  if (check(value)) return { report: value }
  const { id } = (typeof value === 'object' && value !== null ? value : {}) as { readonly id?: unknown }
  const errors = (check.errors ?? []).map((error) => ({ pointer: error.instancePath, message: said(error) }))
  return { refused: receipt({ reportId: typeof id === 'string' && id.length <= 64 ? id : null, outcome: 'rejected', errors }) }
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
