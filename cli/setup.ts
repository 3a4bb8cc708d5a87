import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Middleware } from '../collector/middleware.ts'
import { LOCAL_API } from '../collector/local-api.ts'
import { dataFolder } from '../conf/data.ts'
import { milliseconds } from '../conf/duration.ts'
import { layerOf, loadSettings, type Loaded } from '../conf/load.ts'
import type { SettingsInput } from '../conf/define.ts'
import type { Plugin } from '../plugins/define.ts'
import type { CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'

/** What a command works with. */
export interface Setup extends Loaded {
  /** The data folder. */
  readonly folder: string
  readonly certFile: string
  readonly staleAfterMs: number
}

/** Settings from all layers; `flags` is what the command's own options say. */
export async function setup({ config, data }: CommonOptions, flags: SettingsInput = {}): Promise<Setup> {
  return setupOf(await loadSettings({ file: config, flags }), data)
}

/** The same of settings that were loaded already. */
export function setupOf(loaded: Loaded, data?: string): Setup {
  const folder = data === undefined ? usualFolder() : resolve(data)
  const { settings } = loaded
  return {
    ...loaded,
    folder,
    certFile: settings.identity.cert ?? join(folder, 'cert'),
    staleAfterMs: milliseconds(settings.server.staleAfter),
  }
}

/** The data folder where nobody names one on the command line: in a clone where `npm start` has run, the one that it made. */
export function usualFolder(): string {
  const own = fileURLToPath(new URL('../var', import.meta.url))
  return !process.env['ROLLCALL_DATA'] && existsSync(join(own, LOCAL_API)) ? own : dataFolder(process.env)
}

/** The plugins that the settings name; `only` limits them to some, by section. */
export async function loadPlugins(loaded: Loaded, only?: readonly string[]): Promise<Plugin[]> {
  const [{ loadPlugins: load }, surroundings] = await Promise.all([import('../plugins/load.ts'), trust(loaded, 'plugins')])
  if (only === undefined) return await load(loaded.settings.plugins, surroundings)
  const { BUILTINS } = await import('../plugins/index.ts')
  // A built-in plugin may be asked for by name although the settings leave it out; any other must be in them.
  if (only.every((name) => Object.hasOwn(BUILTINS, name))) return await load(only, surroundings)
  const all = await load(
    [...loaded.settings.plugins, ...only.filter((name) => Object.hasOwn(BUILTINS, name) && !loaded.settings.plugins.includes(name))],
    surroundings,
  )
  return only.map((name) => {
    const plugin = all.find((one) => one.name === name)
    const near = surroundings.nearest(name, [...Object.keys(BUILTINS), ...all.map((one) => one.name)])
    if (plugin === undefined)
      throw new UsageError(`there is no plugin ${name}${near === null ? '.' : `; did you mean ${near}?`} "rollcall plugins" lists them.`)
    return plugin
  })
}

export async function loadMiddleware(loaded: Loaded, plugins: readonly Plugin[]): Promise<Middleware[]> {
  if (loaded.settings.middleware.length === 0) return []
  const [{ loadMiddleware: load }, { importDefault }, surroundings] = await Promise.all([
    import('../collector/middleware.ts'),
    import('../plugins/foreign.ts'),
    trust(loaded, 'middleware'),
  ])
  return await load(loaded.settings.middleware, { plugins, load: async (name) => ({ default: await importDefault(name, surroundings) }) })
}

/** Where users' own code is looked for, and whether it may run as this user. */
async function trust(loaded: Loaded, setting: string) {
  const [{ distrust }, { nearest }] = await Promise.all([import('../conf/trusted.ts'), import('../conf/nearest.ts')])
  return { folder: layerOf(loaded, [setting]).folder, distrust, nearest }
}
