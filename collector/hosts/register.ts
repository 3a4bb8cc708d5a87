import { hostList, type HostList } from './draft.ts'
import { entriesOf } from './entry.ts'
import { EntryError } from './errors.ts'

/** The part of an asset that says how to reach it, as GET /assets shows it. */
interface Listed {
  readonly name: string
  readonly hostname: string | null
}

/**
 * The assets of the register that a query finds, by their names: `web` is text in the name or a whole identifier, `kind=vm&stale=true` are filters
 * of GET /assets. Each is reached at its hostname, for that is what the host itself last said; at its name where it never said
 * any that leads anywhere.
 *
 * @param read gives the JSON of a path of the API, as `getJson` does
 * @throws {HostListError} @throws {ApiError}
 */
export async function readRegister(query: string, read: (path: string) => Promise<unknown>): Promise<HostList> {
  const assets: Listed[] = []
  const search = new URLSearchParams(query.includes('=') ? query : query === '' ? {} : { q: query })
  search.set('limit', '1000')
  for (;;) {
    // Our own API's lists all have this shape.
    const page = (await read(`/api/v1/assets?${search.toString()}`)) as {
      readonly results: readonly Listed[]
      readonly next: string | null
    }
    assets.push(...page.results)
    if (page.next === null) break
    search.set('cursor', page.next)
  }
  const file = `--assets ${query}`
  return hostList(file, ({ add }) => {
    for (const [index, asset] of assets.entries()) {
      const origin = { file, line: index + 1 }
      add(origin, () => {
        try {
          return entriesOf({ address: addressOf(asset) }, origin).map((entry) => ({ ...entry, name: asset.name }))
        } catch (error) {
          if (!(error instanceof EntryError)) throw error
          throw new EntryError(`the asset ${JSON.stringify(asset.name)} has no hostname, and cannot be reached by its name`)
        }
      })
    }
  })
}

/** A name with brackets is no range here, and one with an @ no login. */
const PLAIN = /^[\p{L}\p{N}_.:-]+$/u

function addressOf({ name, hostname }: Listed): string {
  const address = hostname !== null && !/^localhost(?:$|\.)/.test(hostname) && PLAIN.test(hostname) ? hostname : name
  if (!PLAIN.test(address)) throw new EntryError('no host name')
  return address
}
