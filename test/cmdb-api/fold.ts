import type { State } from './states.ts'

type Part = Readonly<Record<string, unknown>>
const KEYS = ['wwn', 'slot', 'label']

/**
 * What the register must hold after one more report: written for reading, with nothing of the register's own code. Null leaves what was
 * known; parts are the same by their strongest key that both know and that is one part's alone on either side.
 */
export function fold(before: State | null, report: State): State {
  if (before === null) return report
  const after: Record<string, unknown> = { ...before }
  for (const [field, value] of Object.entries(report)) if (value !== null) after[field] = value
  if (before['parts'] != null && report['parts'] !== null) after['parts'] = foldParts(before['parts'] as Part[], report['parts'] as Part[])
  return after
}

function foldParts(before: readonly Part[], report: readonly Part[]): Part[] {
  const mates = new Map<Part, Part>()
  for (const [strength, key] of KEYS.entries()) {
    for (const part of report) {
      const value = part[key]
      const [old, ...others] = before.filter((one) => one[key] === value)
      const isAlone = others.length === 0 && report.filter((one) => one[key] === value).length === 1
      if (value == null || old === undefined || !isAlone || mates.has(part) || [...mates.values()].includes(old)) continue
      const isAnother = KEYS.slice(0, strength).some((k) => old[k] != null && part[k] != null && old[k] !== part[k])
      if (!isAnother) mates.set(part, old)
    }
  }
  return report.map((part) => ({ ...mates.get(part), ...Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null)) }))
}
