import { findPackageJSON, registerHooks } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PluginError } from './errors.ts'
import { isFileName } from './names.ts'

/** Where users' own plugins and middleware come from. */
export interface Surroundings {
  /** Folder of the settings file: `./rack.ts` lies in it, and packages are looked up as if that file imported them. */
  readonly folder: string
  /** Why a file must not be run as this user; null where it may. */
  readonly distrust: (file: string) => string | null
}

/**
 * The default export of a file or npm package. It may import `rollcall/plugin` wherever it lies, and gets the copy that runs; `typebox` too,
 * unless it has its own.
 *
 * @throws {PluginError} when it is missing, must not be trusted, does not load, or exports nothing as default
 */
export async function importDefault(name: string, { folder, distrust }: Surroundings): Promise<unknown> {
  const file = isFileName(name) ? resolve(folder, name) : packageFile(name, folder)
  let reason: string | null
  try {
    reason = distrust(file)
  } catch (error) {
    throw new PluginError(`${name}: ${file} cannot be read: it must exist and be readable for this user`, { cause: error })
  }
  if (reason !== null) throw new PluginError(`${name} is refused, because it would run as you: ${reason}`)
  const hooks = registerHooks({ resolve: resolver(folder) })
  try {
    const module = (await import(isFileName(name) ? pathToFileURL(file).href : PACKAGE + name)) as { readonly default?: unknown }
    if ('default' in module) return module.default
  } catch (error) {
    throw new PluginError(`${name} does not load: ${String(error)}`, { cause: error })
  } finally {
    hooks.deregister()
  }
  throw new PluginError(`${name} has no default export: write \`export default definePlugin({ ... })\``)
}

/** Whether a package of that name can be found from a folder. */
export function hasPackage(name: string, folder: string): boolean {
  try {
    return findPackageJSON(name, from(folder)) !== undefined
  } catch {
    return false // Not found, or no name that a package can have.
  }
}

/** Marks a package that is to be resolved from the settings' folder instead of from this file. */
const PACKAGE = 'rollcall-package:'

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>

function resolver(folder: string): Resolve {
  const author = new URL(import.meta.url.endsWith('.ts') ? './author.ts' : './plugin.js', import.meta.url).href
  return (specifier, context, next) => {
    if (specifier === 'rollcall/plugin') return { url: author, shortCircuit: true }
    if (specifier.startsWith(PACKAGE)) return next(specifier.slice(PACKAGE.length), { ...context, parentURL: from(folder).href })
    if (specifier !== 'typebox') return next(specifier, context)
    try {
      return next(specifier, context)
    } catch {
      return next(specifier, { ...context, parentURL: import.meta.url })
    }
  }
}

function packageFile(name: string, folder: string): string {
  try {
    const file = findPackageJSON(name, from(folder))
    if (file !== undefined) return file
  } catch (error) {
    throw new PluginError(`there is no package ${name} for ${folder}: run \`npm install ${name}\` there`, { cause: error })
  }
  throw new PluginError(`there is no package ${name} for ${folder}: run \`npm install ${name}\` there`)
}

function from(folder: string): URL {
  return pathToFileURL(join(folder, 'settings'))
}
