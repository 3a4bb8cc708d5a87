import { readFile } from 'node:fs/promises'
import { getIfChanged, type Api } from '../api-client.ts'
import { ApiRefused } from '../errors.ts'
import { writeAtomically } from '../write-file.ts'

/** What the API decides about this host: which plugins run, and how often. */
export interface Central {
  /** By service, a name that people gave: plugin and seconds. Empty where nobody decided anything. */
  readonly services: Readonly<Record<string, readonly [plugin: string, intervalSeconds: number]>>
  /** Which template or group a service comes from. */
  readonly origins: Readonly<Record<string, string>>
  /** Seconds until the API is to be asked again. */
  readonly configUpdateInterval: number
}

/** A decision, and of which API it is. */
export interface Decided {
  readonly api: string
  readonly etag: string | null
  readonly central: Central
}

/** Who asks. */
export interface Asking {
  readonly certId: string | null
  readonly assetId: string | null
  readonly name: string
  /** Where this host can be reached, as far as it knows. */
  readonly address: string | null
  readonly version: string
}

/**
 * What the API says now; `known` itself where nothing has changed since.
 *
 * @throws {ApiError}
 */
export async function askCentral(api: Api, asking: Asking, known: Decided | null): Promise<Decided> {
  const etag = known?.api === api.url ? known.etag : null
  const answer = await getIfChanged(api, `/api/v1/agent/config?${query(asking).toString()}`, etag)
  if (answer === null) return known! // Only an API whose ETag we have can say so.
  return { api: api.url, etag: answer.etag, central: centralIn(answer.body, api.url) }
}

/** What was decided last, for a start without the API; null where nothing was, or the file is damaged. */
export async function readDecided(file: string): Promise<Decided | null> {
  try {
    const { api, etag, central } = JSON.parse(await readFile(file, 'utf8')) as Partial<Record<keyof Decided, unknown>>
    if (typeof api !== 'string') return null
    return { api, etag: typeof etag === 'string' ? etag : null, central: centralIn(central, api) }
  } catch {
    return null
  }
}

/** @throws {StorageError} */
export async function keepDecided(file: string, decided: Decided): Promise<void> {
  await writeAtomically(file, `${JSON.stringify(decided, null, 2)}\n`)
}

/** The same words for every question that an agent asks. */
export function query({ certId, assetId, ...known }: Asking): URLSearchParams {
  const all = Object.entries({ cert: certId, asset: assetId, ...known })
  return new URLSearchParams(all.filter((one): one is [string, string] => one[1] !== null))
}

const LONGEST_SECONDS = 86_400 * 31

function centralIn(body: unknown, url: string): Central {
  const { services, origins, configUpdateInterval } = (isRecord(body) ? body : {}) as Partial<Record<keyof Central, unknown>>
  const isGood =
    isRecord(services) &&
    Object.values(services).every((one) => Array.isArray(one) && one.length === 2 && typeof one[0] === 'string' && isSeconds(one[1])) &&
    isRecord(origins) &&
    Object.values(origins).every((one) => typeof one === 'string') &&
    isSeconds(configUpdateInterval)
  if (!isGood)
    throw new ApiRefused(`${url} answered with something that is no configuration: is api.url the address of a rollcall API?`, 200)
  return { services, origins, configUpdateInterval } as Central // All of it was looked at.
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LONGEST_SECONDS
}
