import { accessSync, constants, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Env } from './data.ts'
import { ConfError, confError } from './errors.ts'
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
  try {
    reason = distrust(file)
    accessSync(file, constants.R_OK)
  } catch (error) {
    throw confError(file, '', 'cannot be read: it must exist and be readable for this user', error)
  }
  if (reason !== null) throw confError(file, '', `refused, because settings decide what runs: ${reason}`)
  const settings = CODE.includes(extname(file)) ? await (await import('./evaluate.ts')).evaluate(file, env) : await readData(file)
  if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return settings
  throw confError(file, '', 'holds no settings: it must say an object, as in { api: { url: ... } }')
}

async function readData(file: string): Promise<unknown> {
  const { cosmiconfig } = await import('cosmiconfig')
  try {
    const found = await cosmiconfig('rollcall', { cache: false }).load(file)
    return found?.isEmpty ? {} : found?.config
  } catch (error) {
    if (error instanceof ConfError || !(error instanceof Error)) throw error
    throw confError(file, '', error.message.replace(/^(JSON|YAML) Error in .*:\n/, '$1: '), error)
  }
}

function exists(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    throw confError(file, '', 'cannot be looked for: the folder must be readable for this user', error)
  }
}
