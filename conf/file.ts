import { readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Env } from './data.ts'
import { confError } from './errors.ts'
import { distrust } from './trusted.ts'

/** Names of settings files. One folder holds one of them. */
export const SEARCH_PLACES = [
  ...['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((ending) => `rollcall.config.${ending}`),
  ...['', '.json', '.yaml', '.yml'].map((ending) => `.rollcallrc${ending}`),
]

const CODE = ['.ts', '.mts', '.js', '.mjs']

/**
 * The settings file of a folder; null where there is none.
 *
 * @throws {ConfError} when there are two, for nobody could tell which one is in force
 */
export function findFile(folder: string): string | null {
  const [file, second] = SEARCH_PLACES.map((name) => join(folder, name)).filter(exists)
  if (second !== undefined) throw confError(second, '', `${file} is there too: keep one of them`)
  return file ?? null
}

/**
 * What a settings file says: code in a worker, the rest by cosmiconfig.
 *
 * @throws {ConfError} when it cannot be read, is not to be trusted, or holds no settings
 */
export async function readFile(file: string, env: Env): Promise<unknown> {
  let reason: string | null
  let text: string
  try {
    reason = distrust(file)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw confError(file, '', 'cannot be read: it must exist and be readable for this user', error)
  }
  if (reason !== null) throw confError(file, '', `refused, because settings decide what runs: ${reason}`)
  const settings = CODE.includes(extname(file)) ? await (await import('./evaluate.ts')).evaluate(file, env) : await readData(file, text)
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings
  throw confError(file, '', 'holds no settings: it must say an object, as in { api: { url: ... } }')
}

async function readData(file: string, text: string): Promise<unknown> {
  // A packaged file with every line commented out says nothing; js-yaml 5 calls it an error.
  if (text.split('\n').every((line) => /^\s*(#|$)/.test(line))) return {}
  // The loaders alone: cosmiconfig's own search follows `$import` to files that nobody has checked.
  const { defaultLoaders } = await import('cosmiconfig')
  try {
    const settings: unknown = defaultLoaders[extname(file) === '.json' ? '.json' : '.yaml'](file, text) // YAML holds JSON, as in .rollcallrc
    return settings
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw confError(file, '', message.replace(/^(JSON|YAML) Error in .*:\n/, '$1: '), error)
  }
}

function exists(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    throw confError(file, '', 'cannot be looked for: the folder must be readable for this user', error)
  }
}
