import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Register } from '../repository/connect.ts'
import { listTokens } from '../repository/tokens.ts'
import { authenticate, createToken } from './auth.ts'
import { writeSecret } from './write-secret.ts'

/** Makes the first admin token when there is none at all; its text goes into the file `token`, mode 0600, and nowhere else. */
export async function firstToken({ db }: Register, folder: string, now: number): Promise<string | null> {
  const file = join(folder, 'token')
  // Together, so that whoever is ended in between finds no token without its text the next time.
  return await db.transaction().execute(async (trx) => {
    if ((await listTokens(trx)).length > 0) return null
    const { text } = await createToken(trx, { name: 'first admin', role: 'admin' }, now)
    writeSecret(file, `${text}\n`)
    return file
  })
}

/** Leaves URL and a token of its own where a collector on this machine finds them. */
export async function writeLocalApi({ db }: Register, folder: string, url: string, now: number): Promise<void> {
  const file = join(folder, 'local-api.json')
  const known = readToken(file)
  const valid = known !== null && (await authenticate(db, known, '127.0.0.1', now)) !== null
  const token = valid ? known : (await createToken(db, { name: 'collector on this machine', role: 'collector' }, now)).text
  writeSecret(file, `${JSON.stringify({ url, token }, null, 2)}\n`)
}

function readToken(file: string): string | null {
  if (!existsSync(file)) return null
  try {
    const { token } = JSON.parse(readFileSync(file, 'utf8')) as { readonly token?: unknown }
    return typeof token === 'string' ? token : null
  } catch {
    // Cut short by a crash: written anew.
    return null
  }
}
