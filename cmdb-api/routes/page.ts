import { Type, type TSchema } from 'typebox'
import type { Role } from '../auth.ts'
import { nullable } from '../nullable.ts'

/** Who may read: everybody but a collector. */
export const ReadRoles: readonly Role[] = ['reader', 'operator']

/** Text that a person gives: no control characters. */
export const PRINTABLE = '^[^\\u0000-\\u001f\\u007f]*$'

/** Parameters of every list. */
export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 50 }),
  cursor: Type.Optional(Type.String({ description: '"next" of the answer before' })),
  count: Type.Optional(
    Type.Unsafe<string>({ type: 'string', enum: ['true', 'false'], description: 'true adds the number of all results' }),
  ),
}

/** A page of a list. */
export function pageOf(item: TSchema) {
  return Type.Object({
    results: Type.Array(item),
    next: nullable('string', 'Cursor of the next page; null on the last'),
    count: Type.Optional(Type.Integer()),
  })
}
