import type { Plugin } from './define.ts'
import { PluginError } from './errors.ts'
import type { Surroundings } from './foreign.ts'
import { BUILTINS, DEFAULTS } from './index.ts'
import { droppedNames, expandNames, isFileName } from './names.ts'
import { mergeProbes } from './script.ts'

export interface LoadOptions extends Surroundings {
  /** The candidate that a misspelt word most likely meant; null where none is near. */
  readonly nearest: (word: string, candidates: Iterable<string>) => string | null
}

/**
 * The plugins that settings name, in their order: built-in names, files (`./rack.ts`), npm packages; `...` is the default list, `-x` drops one.
 *
 * @throws {PluginError} for a name that is nothing, a plugin that breaks the contract, and two that contradict each other
 */
export async function loadPlugins(names: readonly string[], options: LoadOptions): Promise<Plugin[]> {
  for (const name of droppedNames(names)) {
    if (!isBuiltin(name) && !names.includes(name)) throw new PluginError(`'-${name}' drops nothing: ${unknown(name, options)}`)
  }
  const plugins: Plugin[] = []
  const origins = new Map<string, string>()
  for (const name of expandNames(names, DEFAULTS)) {
    const plugin = isBuiltin(name) ? (await BUILTINS[name]!()).default : await loadForeign(name, options)
    const other = origins.get(plugin.name)
    if (other !== undefined) throw new PluginError(`${other} and ${name} both make the section ${plugin.name}: drop one with '-${other}'`)
    origins.set(plugin.name, name)
    plugins.push(plugin)
  }
  mergeProbes(plugins.map((plugin) => [origins.get(plugin.name)!, plugin.probes]))
  return plugins
}

function isBuiltin(name: string): boolean {
  return Object.hasOwn(BUILTINS, name)
}

async function loadForeign(name: string, options: LoadOptions): Promise<Plugin> {
  // Only a user's own plugin costs the time of loading what finds and checks it.
  const [{ hasPackage, importDefault }, { assertPlugin }] = await Promise.all([import('./foreign.ts'), import('./validate.ts')])
  if (!isFileName(name) && !hasPackage(name, options.folder)) throw new PluginError(unknown(name, options))
  const value = await importDefault(name, options)
  return assertPlugin(value, name)
}

function unknown(name: string, { nearest, folder }: LoadOptions): string {
  const near = nearest(name, Object.keys(BUILTINS))
  const hint = near === null ? `write './${name}' for a file, or run \`npm install ${name}\` there` : `did you mean ${near}?`
  return `there is no built-in plugin ${name}, and no package of that name for ${folder}: ${hint}`
}
