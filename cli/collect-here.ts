import { hostname } from 'node:os'
import { readCert } from '../collector/cert.ts'
import { collectHost, type Collected } from '../collector/collect.ts'
import type { Run } from '../collector/job.ts'
import { prepare } from '../collector/job.ts'
import type { Plugin } from '../plugins/define.ts'
import { BUILTINS } from '../plugins/index.ts'
import { loadMiddleware, type Setup } from './setup.ts'
import { VERSION } from './version.ts'

/** This machine, through the settings' middleware, as a report. Plugins that rollcall does not bring along are held to their own schema. */
export async function collectHere(
  loaded: Setup,
  { run, plugins, pin }: { readonly run: Run; readonly plugins: readonly Plugin[]; readonly pin: boolean },
): Promise<Collected> {
  const foreign = plugins.filter(({ name }) => !Object.hasOwn(BUILTINS, name))
  const checkFor = foreign.length === 0 ? undefined : (await import('../plugins/validate.ts')).checkFor
  return await collectHost({
    plugins,
    middleware: await loadMiddleware(loaded, plugins),
    run: (watch) => run(prepare(plugins, { become: loaded.settings.become ?? undefined }), watch),
    cert: await readCert(loaded.certFile),
    pin,
    address: hostname(),
    collector: { version: VERSION, mode: 'agent', name: hostname() },
    now: Date.now,
    checkOf: (plugin) => (foreign.includes(plugin) ? checkFor?.(plugin) : undefined),
  })
}
