import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from './data.ts'
import { confError } from './errors.ts'
import type { Node } from './tree.ts'

const REFERENCE = /^(env|file|credential):(.+)$/s

export const SECRET_KINDS = "'env:NAME', 'file:/path', or 'credential:NAME' (systemd LoadCredential=)"

export function isReference(value: unknown): value is string {
  return typeof value === 'string' && REFERENCE.test(value)
}

/** Whether a value is a secret in plain, which no settings file and no command line may hold. */
export function isPlainSecret(node: Node, value: unknown): boolean {
  if (node.secret === undefined || typeof value !== 'string' || isReference(value)) return false
  return node.secret === 'value' || /^[\w+.-]+:\/\/[^/@]*:[^/]*@|[?&]password=/i.test(value)
}

/**
 * What a reference stands for: `env:NAME`, `file:/path` or `credential:NAME` of systemd, without the line end that editors add. Anything
 * else is returned as it is.
 *
 * @param path the setting that holds the reference, for the error
 * @throws {ConfError} when there is no such variable, file or credential, or it is empty
 */
export function resolveSecret(value: string, path: string, env: Env = process.env): string {
  const [, kind, name] = REFERENCE.exec(value) ?? []
  if (kind === undefined || name === undefined) return value
  const secret = kind === 'env' ? env[name] : readSecret(kind === 'file' ? name : credentialFile(name, path, env), path, value)
  if (!secret?.trim()) throw confError(value, path, kind === 'env' ? `the environment has no ${name}: set it` : 'is empty')
  return secret.trim()
}

/** Names of the variables that settings refer to as secrets. */
export function variablesIn(settings: object): string[] {
  return [...JSON.stringify(settings).matchAll(/"env:([^"\\]+)"/g)].map(([, name]) => name!)
}

function credentialFile(name: string, path: string, env: Env): string {
  const folder = env['CREDENTIALS_DIRECTORY']
  if (!folder) throw confError(`credential:${name}`, path, `systemd passed no credentials: add LoadCredential=${name}:/path to the unit`)
  // systemd.exec(5): the identifier must be usable as a file name.
  if (!/^[\w.@-]+$/.test(name) || /^\.\.?$/.test(name)) throw confError(`credential:${name}`, path, 'is no plain name of a credential')
  return join(folder, name)
}

function readSecret(file: string, path: string, reference: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw confError(reference, path, `${file} cannot be read: it must exist and be readable for this user`, error)
  }
}
