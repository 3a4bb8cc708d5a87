import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getJson, type Api } from '../collector/api-client.ts'
import { findApi } from '../collector/local-api.ts'
import { resolveSecret } from '../conf/secrets.ts'
import { UsageError } from './errors.ts'
import type { Setup } from './setup.ts'

/** The API to read from: with the settings' token, else the admin token that the API on this machine left in the data folder. */
export async function registerOf({ settings: { api }, folder }: Setup): Promise<Api> {
  const token = api.token === null ? adminToken(folder) : resolveSecret(api.token, 'api.token')
  const found = await findApi({ ...api, token }, folder)
  if (found !== null) return found
  throw new UsageError(
    `there is no register to read: start one with "rollcall up", name another data folder with --data (this one is ${folder}), or a server with ROLLCALL_API__URL`,
  )
}

/** null where there is none, or none for this user: then it is the other file that tells what is missing. */
function adminToken(folder: string): string | null {
  try {
    return readFileSync(join(folder, 'token'), 'utf8').trim()
  } catch {
    return null
  }
}

/** One page of a list of the API. */
export interface Page<T> {
  readonly results: readonly T[]
  readonly next: string | null
  readonly count?: number
}

/** The first `most` entries of a list, over as many pages as that takes. */
export async function readList<T>(
  api: Api,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  most: number,
): Promise<{ readonly results: T[]; readonly more: boolean }> {
  const results: T[] = []
  let cursor: string | null = null
  for (;;) {
    const given = Object.entries({ ...query, limit: String(Math.min(1000, most - results.length)), cursor: cursor ?? undefined })
    const search = new URLSearchParams(given.filter((one): one is [string, string] => one[1] !== undefined))
    // Our own API's lists all have this shape.
    const page = (await getJson(api, `/api/v1${path}?${search.toString()}`)) as Page<T>
    results.push(...page.results)
    cursor = page.next
    if (cursor === null || results.length >= most) return { results, more: cursor !== null }
  }
}
