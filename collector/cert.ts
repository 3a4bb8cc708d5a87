import { readFileSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { CertError } from './errors.ts'
import { codeOf, writeAtomically } from './write-file.ts'

/** What pins a host's name. A claim, not a proof: a copy of the file says the same. */
export interface Cert {
  readonly name: string
  /** Random; null in a pre-assigned cert, which holds a name alone until the first posted collection. */
  readonly id: string | null
  /** The API's id of the host; null before the first receipt. */
  readonly assetId: string | null
  /** Of the last posted report; 0 before the first. */
  readonly seq: number
}

/**
 * The cert in a file, or null where the file is missing or empty.
 *
 * @throws {CertError} on a file that cannot be read or says something else
 */
export async function readCert(file: string): Promise<Cert | null> {
  try {
    return parseCert(await readFile(file, 'utf8'), file)
  } catch (error) {
    return absentOr(file, error)
  }
}

/**
 * As `readCert`. For whoever reads certs by the thousand: this takes 15 µs of processor time, and that 150.
 *
 * @throws {CertError}
 */
export function readCertNow(file: string): Cert | null {
  try {
    // An error with its stack costs more than a look at what mostly is not there.
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return null
    return parseCert(readFileSync(file, 'utf8'), file)
  } catch (error) {
    return absentOr(file, error)
  }
}

function absentOr(file: string, error: unknown): null {
  if (error instanceof CertError) throw error
  if (codeOf(error) === 'ENOENT') return null
  throw new CertError(file, `cannot be read (${codeOf(error)})`, { cause: error })
}

/**
 * Readable by all (it is no secret), whole at any moment.
 *
 * @param durable false where only `seq` has moved, and may be lost with the power
 * @throws {StorageError}
 */
export async function writeCert(file: string, cert: Cert, { durable = true }: { readonly durable?: boolean } = {}): Promise<void> {
  await writeAtomically(file, formatCert(cert), { mode: 0o644, durable })
}

/**
 * First line the name, then `key: value` lines; null of an empty text.
 *
 * @throws {CertError}
 */
export function parseCert(text: string, file: string): Cert | null {
  const [first = '', ...rest] = text.split('\n').map((line) => line.trim())
  if (text.trim() === '') return null
  const fault = nameFault(first)
  if (fault !== null) throw new CertError(file, `does not hold a host's name in its first line: ${fault}`)
  const values = new Map<string, string>()
  for (const [index, line] of rest.entries()) {
    if (line === '') continue
    const [, key, value] = /^(cert|asset|seq): (\S{1,64})$/.exec(line) ?? []
    if (key === undefined || value === undefined || values.has(key))
      throw new CertError(file, `line ${index + 2}: expected once each 'cert: ID', 'asset: ID', 'seq: NUMBER', found ${quote(line)}`)
    values.set(key, value)
  }
  const seq = Number(values.get('seq') ?? 0)
  if (!Number.isSafeInteger(seq) || seq < 0) throw new CertError(file, `holds no whole number in 'seq': ${quote(values.get('seq') ?? '')}`)
  return { name: first, id: values.get('cert') ?? null, assetId: values.get('asset') ?? null, seq }
}

export function formatCert({ name, id, assetId, seq }: Cert): string {
  const known = Object.entries({ cert: id, asset: assetId, seq: seq === 0 ? null : seq }).filter(([, value]) => value !== null)
  return `${[name, ...known.map(([key, value]) => `${key}: ${value}`)].join('\n')}\n`
}

/** Why a text cannot be a pinned name; null when it can. */
export function nameFault(name: string): string | null {
  if (name.trim() === '') return 'it is empty'
  if (name !== name.trim()) return 'it begins or ends with a space'
  if (name.length > 255) return 'it is longer than 255 characters'
  if (/[\p{Cc}\u{FFFD}]/u.test(name)) return 'it holds control characters'
  return /^(cert|asset|seq):/.test(name) ? `the name is missing before ${quote(name)}` : null
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80))
}
