import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Api } from './api-client.ts'
import { confError } from '../conf/errors.ts'
import { ApiUntrusted } from './errors.ts'
import { codeOf } from './write-file.ts'

/** Written by an API into its data folder, mode 0600, for the collector on the same machine: `{ "url": "", "token": "" }`. */
export const LOCAL_API = 'local-api.json'

export interface ApiSettings {
  /** null: the API on this machine. */
  readonly url: string | null
  /** The token itself. null: the one that the API on this machine left for us. */
  readonly token: string | null
  /** PEM file. */
  readonly ca: string | null
  readonly timeoutSeconds: number
}

/**
 * The API to post to; null where the settings name none and none on this machine has left its address in the data folder.
 *
 * @throws {ConfError} where there is an address and no token, or the file of the API on this machine is not for this user
 * @throws {ApiUntrusted} where the CA file cannot be read
 */
export async function findApi({ url, token, ca, timeoutSeconds }: ApiSettings, data: string): Promise<Api | null> {
  const local = await readLocalApi(join(data, LOCAL_API), { isNeeded: url === null })
  const address = url ?? local?.url
  if (address === undefined) return null
  const key = token ?? (address === local?.url ? local.token : null)
  if (key === null)
    throw confError(
      'settings',
      'api.token',
      `there is no token for ${address}: set it (ROLLCALL_API__TOKEN) to one made by "rollcall token create"`,
    )
  return { url: address, token: key, ca: ca === null ? null : await readCa(ca), timeoutSeconds }
}

/** null where no API on this machine has left one; or, where another one is named anyway, another user's has. */
async function readLocalApi(
  file: string,
  { isNeeded }: { readonly isNeeded: boolean },
): Promise<{ readonly url: string; readonly token: string } | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (!isNeeded || /^ENO(?:ENT|TDIR)$/.test(codeOf(error))) return null
    const advice = 'run as the owner of that folder, or set api.url and api.token'
    throw confError('settings', 'api.url', `the API on this machine is told in ${file}, which cannot be read (${codeOf(error)}): ${advice}`)
  }
  try {
    const { url, token } = JSON.parse(text) as { readonly url?: unknown; readonly token?: unknown }
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : null
  } catch {
    return null
  }
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new ApiUntrusted(`the file ${file} of the setting api.ca cannot be read (${codeOf(error)})`, { cause: error })
  }
}
