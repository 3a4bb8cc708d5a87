import type { NewChange } from '../repository/history.ts'
import type { FieldChange } from './diff.ts'

/** The section name under which an asset's own fields stand in the history. */
export const ASSET = 'asset'

/** A change of a section as the history keeps it. */
export function rowOf(section: string, { list, item, field, op, old, new: now }: FieldChange): NewChange {
  return { section, list: list ?? '', field: field ?? '', item, op, old: written(old), new: written(now) }
}

/** A value that the history keeps, as it was. */
export function read(json: string | null): unknown {
  return json === null ? null : (JSON.parse(json) as unknown)
}

function written(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value)
}
