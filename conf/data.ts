import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export type Env = Readonly<Record<string, string | undefined>>

/** The folder of database, tokens, cert and spool: `ROLLCALL_DATA`, else /var/lib/rollcall for root, else the user's state folder. Absolute. */
export function dataFolder(env: Env, uid: number | undefined = process.getuid?.()): string {
  if (env['ROLLCALL_DATA']) return resolve(env['ROLLCALL_DATA'])
  if (uid === 0) return '/var/lib/rollcall'
  const home = env['HOME'] || homedir()
  const state = env['XDG_STATE_HOME']
  // XDG Base Directory: a relative path is invalid and must be ignored.
  return join(state?.startsWith('/') ? state : join(home, '.local/state'), 'rollcall')
}
