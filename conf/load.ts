import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Env } from './data.ts'
import { DEFAULTS } from './defaults.ts'
import type { SettingsInput } from './define.ts'
import { variables } from './environment.ts'
import { findFile, readFile } from './file.ts'
import { originOf, pointerOf, type Layer, type Origins } from './merge.ts'
import type { Settings } from './schema.ts'

/** Where settings come from; what is left out is this process's own. */
export interface Sources {
  readonly env?: Env
  /** Folder of the project file. Only this one: a service must not find a file further up. */
  readonly cwd?: string
  /** A file to read instead of the project file (`--config`). */
  readonly file?: string | undefined
  /** What the command line says. */
  readonly flags?: SettingsInput
  readonly systemFolder?: string
}

export interface Loaded {
  readonly settings: Settings
  readonly origins: Origins
  /** The settings files that were read, weakest first. */
  readonly files: readonly string[]
}

/**
 * The settings in force: defaults, system file, project file, `ROLLCALL_*` variables, flags. Each call reads everything afresh. Where only
 * the defaults speak, neither schema nor validator is loaded, so that a collection starts at once.
 *
 * @throws {ConfError} with everything that is wrong
 */
export async function loadSettings(sources: Sources = {}): Promise<Loaded> {
  const { env = process.env, cwd = process.cwd(), flags = {}, systemFolder = '/etc/rollcall' } = sources
  const project = sources.file === undefined ? findFile(cwd) : resolve(cwd, sources.file)
  const system = findFile(systemFolder)
  const files = [...new Set([system, project].filter((file) => file !== null))]
  if (files.length === 0 && variables(env).length === 0 && Object.keys(flags).length === 0) {
    return { settings: DEFAULTS, origins: new Map(), files }
  }
  const layers: Layer[] = [{ origin: 'default', folder: cwd, settings: DEFAULTS }]
  for (const file of files) layers.push({ origin: file, folder: dirname(file), settings: await readFile(file, env) })
  const { combine } = await import('./combine.ts')
  return { ...combine(layers, { env, cwd, flags, home: env['HOME'] || homedir() }), files }
}

/** The layer that a setting came from, such as `['api', 'url']`. */
export function layerOf({ origins }: Pick<Loaded, 'origins'>, path: readonly string[], cwd = process.cwd()): Layer {
  return originOf(origins, pointerOf(path)) ?? { origin: 'default', folder: cwd, settings: DEFAULTS }
}
