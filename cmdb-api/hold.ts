import { holdReport, putConflict } from '../repository/conflicts.ts'
import type { Writer } from '../repository/connect.ts'
import type { Report } from './contract.ts'
import { markOf } from './marks.ts'
import type { Match } from './matching.ts'

/** Sets a report aside that could be of several assets. */
export async function hold(
  db: Writer,
  report: Report,
  { cause, candidates }: Match & { readonly outcome: 'held' },
  now: number,
): Promise<void> {
  const assets = candidates.map(({ uuid }) => uuid).toSorted()
  const summary = `${report.identity.name} could be ${candidates.map(({ name, uuid }) => `${name} (${uuid})`).join(' or ')}`
  const id = await putConflict(
    db,
    { cause, key: `${assets.join('/')}/${report.identity.evidence.cert ?? report.identity.name}`, summary, assets },
    now,
  )
  // Volatile values are new every time, and say nothing new.
  const sections = Object.entries(report.sections).map(([name, section]) => [name, markOf(section)])
  await holdReport(db, id, report, { identity: report.identity, sections: Object.fromEntries(sections) }, now)
}
