import { readFile } from 'node:fs/promises'
import type { Master } from '../collector/salt/master.ts'
import { saltApi } from '../collector/salt/salt-api.ts'
import { Secret } from '../collector/ssh/secret.ts'
import type { Settings } from '../conf/schema.ts'
import { resolveSecret } from '../conf/secrets.ts'
import { UsageError } from './errors.ts'

/** What a master takes beyond the script itself: to hand out a job, and to notice who is gone (its gather_job_timeout, several times). */
const SPARE_MS = 60_000

/** The Salt master that the settings name. */
export async function masterOf({ via, url, ca, user, password, eauth, timeoutSeconds }: Settings['salt']): Promise<Master> {
  const callMs = timeoutSeconds * 1000 + SPARE_MS
  if (via === 'program') {
    const { saltProgram } = await import('../collector/salt/salt-program.ts')
    return saltProgram({ callMs })
  }
  if (url === null || user === null || password === null)
    throw new UsageError("salt.via is 'api': name salt.url, salt.user and salt.password (a reference, such as 'env:SALT_PASSWORD')")
  const login = { user, password: new Secret(resolveSecret(password, 'salt.password')), eauth }
  return saltApi({ url, ca: ca === null ? null : await textIn(ca) }, { login, callMs })
}

async function textIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`salt.ca: ${file} cannot be read`, { cause })
  }
}
