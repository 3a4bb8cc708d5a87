import type { Plugin } from '../plugins/define.ts'
import type { Check } from '../plugins/evaluate.ts'
import { BUILTINS } from '../plugins/index.ts'

/** Plugins that rollcall does not bring along are held to their own schema; ajv is loaded only for them. */
export async function checksFor(plugins: readonly Plugin[]): Promise<(plugin: Plugin) => Check | undefined> {
  const foreign = plugins.filter(({ name }) => !Object.hasOwn(BUILTINS, name))
  if (foreign.length === 0) return () => undefined
  const { checkFor } = await import('../plugins/validate.ts')
  return (plugin) => (foreign.includes(plugin) ? checkFor(plugin) : undefined)
}
