import assert from 'node:assert/strict'
import raid from '../../plugins/builtin/raid.ts'
import { parseSection } from '../../plugins/evaluate.ts'
import { compareText, type Fields } from '../../plugins/items.ts'
import { checkFor } from '../../plugins/validate.ts'

/** What the plugin makes of the texts of some probes, volatile fields too. */
export function readRaid(texts: Readonly<Record<string, string>>): Fields {
  const probes = Object.entries(texts).map(([name, stdout]) => [name, { exit: 0, stdout, stderr: '' }] as const)
  const section = parseSection(raid, { probes: Object.fromEntries(probes), complete: true }, checkFor(raid))
  assert.ok(section.status === 'ok', section.reason)
  return section.data
}

/** Some fields of each item of a list, items sorted. */
export function told(list: unknown, ...fields: readonly string[]): unknown[][] {
  // A list of items, as the schema says.
  const rows = (list as Fields[]).map((item) => fields.map((field) => item[field]))
  return rows.toSorted((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)))
}
