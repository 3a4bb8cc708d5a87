import { hash } from 'node:crypto'
import type { Report, Section } from './contract.ts'

/** What a section said, short enough to compare a whole report by one look-up. */
export function markOf({ status, version = 1, digest = '' }: Section): string {
  return status === 'ok' ? `${version}:${digest.slice('sha256:'.length)}` : status
}

/** A hash over all in a report that is neither a section nor new every time: another one takes the long way. */
export function identityMark({ identity, labels }: Report): string {
  return hash('sha256', JSON.stringify([identity.name, identity.assetId, identity.kind, identity.evidence, labels]), 'base64url')
}
