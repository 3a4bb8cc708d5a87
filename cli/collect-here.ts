import { hostname } from 'node:os'
import { readCert } from '../collector/cert.ts'
import { collectHost, type Collected } from '../collector/collect.ts'
import { prepare, type Run, type Watch } from '../collector/job.ts'
import type { Plugin } from '../plugins/define.ts'
import type { Capture } from '../plugins/frames.ts'
import { BUILTINS } from '../plugins/index.ts'
import { loadMiddleware, type Setup } from './setup.ts'
import { VERSION } from './version.ts'

interface Here {
  readonly run: Run
  /** The answers to a script that runs already, and asks what the plugins want to know. */
  readonly started?: ((watch: Watch) => Promise<Capture>) | null
  readonly plugins: readonly Plugin[]
  /** Plugins that somebody asks for and this rollcall does not have. */
  readonly skipped?: readonly string[]
  readonly pin: boolean
}

/** This machine, through the settings' middleware, as a report. Plugins that rollcall does not bring along are held to their own schema. */
export async function collectHere(loaded: Setup, { run, started = null, plugins, skipped = [], pin }: Here): Promise<Collected> {
  const foreign = plugins.filter(({ name }) => !Object.hasOwn(BUILTINS, name))
  const checkFor = foreign.length === 0 ? undefined : (await import('../plugins/validate.ts')).checkFor
  return await collectHost({
    plugins,
    skipped,
    middleware: await loadMiddleware(loaded, plugins),
    run: started ?? ((watch) => run(prepare(plugins, { become: loaded.settings.become ?? undefined }), watch)),
    cert: await readCert(loaded.certFile),
    pin,
    address: hostname(),
    collector: { version: VERSION, mode: 'agent', name: hostname() },
    now: Date.now,
    checkOf: (plugin) => (foreign.includes(plugin) ? checkFor?.(plugin) : undefined),
  })
}
