import type { Env } from './data.ts'
import type { Layer } from './merge.ts'
import { isPlainSecret } from './secrets.ts'
import { settingsOf, typesOf, withValue, type Node, type Setting } from './tree.ts'

const PREFIX = 'ROLLCALL_'

/** Variables that are ours and no settings: the data folder, what a test run may do to the machine, and the port's short name. */
const OTHERS = /^ROLLCALL_(DATA|TEST_.*)$/
const PORT = 'ROLLCALL_PORT'

/** Names of the variables that may say something about the settings. Empty ones say nothing: compose files leave them so. */
export function variables(env: Env): string[] {
  return Object.keys(env).filter((name) => name.startsWith(PREFIX) && !OTHERS.test(name) && env[name] !== '')
}

/** `ROLLCALL_API__TIMEOUT_SECONDS` for api.timeoutSeconds. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.replace(/[A-Z]/g, '_$&').toUpperCase()).join('__')
}

/** One layer for each variable that is a setting, and the names of those that are none. */
export function readEnvironment(env: Env, schema: Node, folder: string): { readonly layers: Layer[]; readonly unknown: string[] } {
  const known = new Map(settingsOf(schema).map((setting) => [variableOf(setting.path), setting]))
  known.set(PORT, known.get('ROLLCALL_SERVER__PORT')!)
  const unknown: string[] = []
  // The port's short name is the weaker one, whatever the order of the environment.
  const layers = variables(env)
    .toSorted((a, b) => Number(b === PORT) - Number(a === PORT))
    .flatMap((name) => {
      const setting = known.get(name) ?? entryOf(name, known)
      if (setting === undefined) unknown.push(name)
      return setting === undefined
        ? []
        : [{ origin: `environment variable ${name}`, folder, settings: withValue({}, setting.path, read(name, env[name]!, setting.node)) }]
    })
  return { layers, unknown }
}

/** All variable names, for suggestions. */
export function variableNames(schema: Node): string[] {
  return ['ROLLCALL_DATA', PORT, ...settingsOf(schema).map(({ path }) => variableOf(path))]
}

/** `ROLLCALL_AGENT__PLUGINS__SOFTWARE`: one entry of a setting whose keys are free. */
function entryOf(name: string, known: ReadonlyMap<string, Setting>): Setting | undefined {
  const at = name.lastIndexOf('__')
  const group = known.get(name.slice(0, at))
  const entry = Object.values(group?.node.patternProperties ?? {})[0]
  if (group === undefined || entry === undefined) return undefined
  const key = name
    .slice(at + 2)
    .toLowerCase()
    .replaceAll('_', '-')
  return { path: [...group.path, key], node: entry }
}

/** Text as the type that the setting has. What cannot be read so stays text, and validation says what should stand there. */
function read(name: string, text: string, node: Node): unknown {
  const types = typesOf(node)
  // The environment is where a secret may lie: the settings hold its name alone, and nothing prints it.
  if (isPlainSecret(node, text)) return `env:${name}`
  if (types.includes('null') && text === 'null') return null
  if (types.includes('integer') && /^\d{1,15}$/.test(text)) return Number(text)
  if (types.includes('object') || (types.includes('array') && text.trimStart().startsWith('['))) return parsed(text)
  if (types.includes('array')) return text.split(',').map((part) => part.trim())
  return text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // Validation names the variable and what should stand in it.
  }
}
