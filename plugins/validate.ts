import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { breachesOf } from './breaches.ts'
import type { Plugin } from './define.ts'
import { PluginError } from './errors.ts'
import type { Check } from './evaluate.ts'

const checks = new WeakMap<Plugin, Check>()

/**
 * Checks data against a plugin's schema. Compiled at its first use, for an agent may load more plugins than it runs.
 *
 * @returns a check that throws PluginError with the reasons
 */
export function checkFor(plugin: Plugin): Check {
  const known = checks.get(plugin)
  if (known !== undefined) return known
  let validate: ReturnType<Ajv2020['compile']> | undefined
  const check: Check = (data) => {
    validate ??= compile(plugin)
    if (!validate(data)) throw new PluginError(`its section does not fit its schema: ${reasons(validate.errors ?? [])}`)
  }
  checks.set(plugin, check)
  return check
}

/**
 * What a file or package that the settings name exports, as a plugin.
 *
 * @param origin the name by which the settings call it
 * @throws {PluginError} with everything that its author has to mend
 */
export function assertPlugin(value: unknown, origin: string): Plugin {
  const breaches = breachesOf(value)
  if (breaches.length > 0) throw new PluginError(`plugin ${origin} breaks the contract:\n${breaches.map((one) => `  ${one}`).join('\n')}`)
  const plugin = value as Plugin // breachesOf has looked at every property.
  try {
    compile(plugin)
  } catch (error) {
    throw new PluginError(`plugin ${origin}: its schema is no JSON Schema 2020-12: ${String(error)}`, { cause: error })
  }
  return plugin
}

function compile(plugin: Plugin): ReturnType<Ajv2020['compile']> {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, validateFormats: false, keywords: ['source'] })
  return ajv.compile(plugin.schema)
}

/** A section of 5,000 items that are all wrong needs no 5,000 reasons. */
function reasons(errors: readonly ErrorObject[]): string {
  const told = errors.slice(0, 10).map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${detail(params)}`.trim())
  return [...told, ...(errors.length > told.length ? [`and ${errors.length - told.length} more`] : [])].join('; ')
}

function detail(params: Readonly<Record<string, unknown>>): string {
  const { additionalProperty, allowedValues } = params
  if (additionalProperty !== undefined) return `(${JSON.stringify(additionalProperty)})`
  return allowedValues === undefined ? '' : `(${JSON.stringify(allowedValues)})`
}
