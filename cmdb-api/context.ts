import type { Register } from '../repository/connect.ts'
import type { Ingest } from './ingest.ts'
import type { SectionSpec } from './section-spec.ts'

/** What every route works with. */
export interface Context {
  readonly register: Register
  readonly ingest: Ingest
  readonly specs: ReadonlyMap<string, SectionSpec>
  readonly staleAfterMs: number
  /** How often agents ask for their configuration. */
  readonly configUpdateSeconds: number
  readonly now: () => number
}
