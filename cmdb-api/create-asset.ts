import { randomUUID } from 'node:crypto'
import { insertAsset, namesakesOf, type AssetRow } from '../repository/assets.ts'
import { putConflict } from '../repository/conflicts.ts'
import type { Writer } from '../repository/connect.ts'
import type { Candidate } from './candidate.ts'
import type { Report } from './contract.ts'

/** Thousands may be called localhost: a conflict names the first of them, and the one that came last. */
const NAMESAKES_TOLD = 10

/** Makes the asset of a host that nobody knew. A name that is taken is no reason to refuse it: it is told as a conflict. */
export async function createAsset(
  db: Writer,
  report: Report,
  copiedFrom: Candidate | null,
  now: number,
): Promise<{ readonly asset: AssetRow; readonly warnings: string[] }> {
  const { name, kind, evidence } = report.identity
  const warnings: string[] = []
  const row = {
    uuid: randomUUID(),
    name,
    kind,
    status: 'in-use',
    hostname: evidence.hostname ?? null,
    cert_name: name,
    version: 1,
    first_seen: now,
    created_at: now,
  }
  const namesakes = await namesakesOf(db, name, NAMESAKES_TOLD)
  const asset = { ...row, id: await insertAsset(db, row) }
  if (copiedFrom !== null) {
    const summary = `the cert of ${copiedFrom.name} was found on another host`
    await putConflict(
      db,
      { cause: 'copied-cert', key: `${copiedFrom.uuid}/${asset.uuid}`, summary, assets: [copiedFrom.uuid, asset.uuid] },
      now,
    )
    warnings.push(`${summary}: this host is a new asset; pin it anew with "rollcall cert reset" on it`)
  }
  if (namesakes.count > 0) {
    await putConflict(
      db,
      {
        cause: 'name-taken',
        key: name,
        summary: `${namesakes.count + 1} assets are called ${name}`,
        assets: [...namesakes.uuids, asset.uuid],
      },
      now,
    )
    warnings.push(`the name ${name} is taken by another asset: give this host a name of its own with "rollcall cert pin NAME"`)
  }
  return { asset, warnings }
}
