import { existsSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import type { Here } from './login.ts'

/** The user who runs rollcall. A uid without an entry in passwd, as in some containers, logs in as $USER. */
export function here(env: Here['env'] = process.env): Here {
  const uid = process.getuid?.() ?? 0
  return { user: userName() ?? env['USER'] ?? 'root', uid, home: homedir(), isThere: existsSync, env }
}

function userName(): string | null {
  try {
    return userInfo().username
  } catch {
    return null
  }
}
