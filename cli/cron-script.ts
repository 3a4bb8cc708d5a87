import type { Plugin } from '../plugins/define.ts'
import { UsageError } from './errors.ts'
import type { Setup } from './setup.ts'
import { VERSION } from './version.ts'

export interface PostOptions {
  readonly url?: string
  readonly tokenFile: string
  readonly ca?: string
  readonly jitter: string
}

/** The script of `rollcall script --post`, where the options are fit to stand in it. */
export async function postScriptOf(
  { settings }: Setup,
  plugins: readonly Plugin[],
  { url = settings.api.url ?? undefined, tokenFile, ca, jitter }: PostOptions,
): Promise<string> {
  const { PLAIN_PATH, PLAIN_URL, postScript } = await import('../collector/cron/post-script.ts')
  if (url === undefined) throw new UsageError('where is the API? add --url https://cmdb.example:8700')
  if (!PLAIN_URL.test(url)) throw new UsageError(`--url ${url} is not an address such as https://cmdb.example:8700`)
  for (const path of [tokenFile, ca])
    if (path !== undefined && !PLAIN_PATH.test(path))
      throw new UsageError(`${path} is not a plain absolute path: letters, digits and _./@+- alone`)
  if (!/^\d{1,6}$/.test(jitter)) throw new UsageError(`--jitter ${jitter} is no number of seconds`)
  return postScript(plugins, { url, tokenFile, ca: ca ?? null, jitterSeconds: Number(jitter), version: VERSION }).trimEnd()
}
