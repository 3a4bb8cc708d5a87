import canonicalize from 'canonicalize'
import { hash } from 'node:crypto'

/** The digest of a section's data: sha256 over its RFC 8785 form, so that anybody can compute it again. */
export function digestOf(data: object): string {
  // canonicalize returns undefined only for undefined and functions.
  return `sha256:${hash('sha256', canonicalize(data)!, 'hex')}`
}
