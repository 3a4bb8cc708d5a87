import { sql } from 'kysely'

/** What lists show of an asset that is a member or linked. */
export interface NamedAsset {
  readonly id: number
  readonly uuid: string
  readonly name: string
}

/** A page of assets by name; `after` is the last one of the page before. */
export interface AssetPage {
  readonly after: { readonly name: string; readonly id: number } | null
  readonly limit: number
}

/** Those that come after the page before. */
export function past({ after }: AssetPage) {
  return after === null ? sql<boolean>`1 = 1` : sql<boolean>`(asset.name, asset.id) > (${after.name}, ${after.id})`
}
