import type { Env } from './data.ts'
import type { SettingsInput } from './define.ts'
import { readEnvironment, variableNames } from './environment.ts'
import { merge, type Layer, type Origins } from './merge.ts'
import { nearest } from './nearest.ts'
import { absolutePaths } from './paths.ts'
import { tree, type Settings } from './schema.ts'
import { settingsOf, valueAt } from './tree.ts'
import { validate } from './validate.ts'

/** What lies over the files. */
export interface Above {
  readonly env: Env
  readonly cwd: string
  readonly flags: SettingsInput
  readonly home: string
}

/**
 * Defaults and files, with environment and flags laid over them, checked as a whole. Pure.
 *
 * @throws {ConfError} with everything that is wrong
 */
export function combine(
  files: readonly Layer[],
  { env, cwd, flags, home }: Above,
): { readonly settings: Settings; readonly origins: Origins } {
  const { layers, unknown } = readEnvironment(env, tree, cwd)
  const all = [...files, ...layers, { origin: 'command line', folder: cwd, settings: flags }]
  const { settings, origins } = merge(all.map((layer) => absolutePaths(layer, tree, home)))
  // A variable that a reference names, such as ROLLCALL_TOKEN in 'env:ROLLCALL_TOKEN', has its meaning from there.
  const named = new Set(settingsOf(tree).map(({ path }) => valueAt(settings, path)))
  const problems = unknown
    .filter((name) => !named.has(`env:${name}`))
    .map((name) => ({
      origin: `environment variable ${name}`,
      path: '',
      message: 'there is no such setting',
      nearest: nearest(name, variableNames(tree)),
    }))
  return { settings: validate(settings, origins, problems), origins }
}
