import type { Static, TObject, TSchema, TUnsafe } from 'typebox'

/**
 * What every field says about itself.
 * `about`: meaning, in one sentence, with the unit. `source`: where the fact comes from: kernel file, or command with its oldest version.
 */
interface Said {
  readonly description: string
  readonly source: string
}

const said = (description: string, source: string): Said => ({ description, source })

/** Plain JSON Schema under typebox's types: its builders would cost every collection 4 ms, and what they add nobody here reads. */
const typed = <T>(schema: object): TUnsafe<T> => schema as TUnsafe<T>

/** Exactly these fields. */
function exactly<P extends Record<string, TSchema>>(fields: P): TObject<P> {
  return { type: 'object', required: Object.keys(fields), properties: fields, additionalProperties: false } as unknown as TObject<P>
}

/** Text, or null. */
export function text(about: string, source: string) {
  return typed<string | null>({ type: ['string', 'null'], ...said(about, source) })
}

/** A whole number, or null. The unit is in the field's name. */
export function integer(about: string, source: string, minimum = 0) {
  return typed<number | null>({ type: ['integer', 'null'], minimum, ...said(about, source) })
}

/** A number with a fraction, or null. The unit is in the field's name. */
export function decimal(about: string, source: string) {
  return typed<number | null>({ type: ['number', 'null'], ...said(about, source) })
}

/** True, false, or null where the host could not tell. */
export function flag(about: string, source: string) {
  return typed<boolean | null>({ type: ['boolean', 'null'], ...said(about, source) })
}

/** One of a few words, or null. */
export function choice<const W extends string>(words: readonly W[], about: string, source: string) {
  return typed<W | null>({ type: ['string', 'null'], enum: [...words, null], ...said(about, source) })
}

/** A set of texts: sorted, no order of its own; empty is a fact, null is not. */
export function textSet(about: string, source: string) {
  return typed<string[] | null>({ type: ['array', 'null'], items: { type: 'string' }, uniqueItems: true, ...said(about, source) })
}

/** Text that every item has; it may be its last resort of a key. */
export function name(about: string, source: string) {
  return typed<string>({ type: 'string', minLength: 1, ...said(about, source) })
}

/** A list of items; empty is a fact ("none"), null where the host could not tell. */
export function list<const P extends Record<string, TSchema>>(about: string, item: P) {
  return typed<Static<TObject<P>>[] | null>({ type: ['array', 'null'], items: exactly(item), description: about })
}

/** The section: exactly these fields. */
export function section<const P extends Record<string, TSchema>>(fields: P) {
  return exactly(fields)
}
