import type { Secret } from './secret.ts'

/** What has come from the host before the script began, as text. */
export interface Heads {
  readonly stdout: string
  readonly stderr: string
}

/** How the script gets in: what is executed, and what is to be said before the script is sent. */
export interface Door {
  /** For the user's login shell, whichever that is: one line, no text but constants and random hex digits. */
  readonly command: string
  /** Whether the script may be sent at once; else `next` says when. */
  readonly isOpen: boolean
  /** Call whenever something has come. */
  next(heads: Heads): 'send-password' | 'send-script' | 'password-refused' | null
  /** Whether the login shell has run our command, so that what failed after it is sudo. */
  passedShell(heads: Heads): boolean
}

/** As the user who logged in. */
function plainDoor(): Door {
  return { command: 'sh -s', isOpen: true, next: () => null, passedShell: () => false }
}

/** Through sudo, which must not ask. Not `sudo -n true` first: it would be another line in the host's log. */
function sudoDoor(token: string): Door {
  const command = `sh -c 'echo ${token}-shell; if [ "$(id -u)" = 0 ]; then exec sh -s; fi; exec sudo -n -- sh -s'`
  return { command, isOpen: true, next: () => null, passedShell: ({ stdout }) => stdout.includes(`${token}-shell`) }
}

/**
 * Through sudo, which may ask. The password goes out once, when sudo has asked by the random prompt that only it was given. Where sudo does
 * not ask (NOPASSWD, root, a ticket still valid), the shell behind it says so first, and the password is never sent: that shell would run it.
 */
function askingDoor(token: string): Door {
  const inner = `sh -c "echo ${token}-open; exec sh -s"`
  const command = `sh -c 'echo ${token}-shell; if [ "$(id -u)" = 0 ]; then exec ${inner}; fi; exec sudo -S -p ${token}-password: -- ${inner}'`
  let isOpen = false
  let asked = 0
  return {
    command,
    isOpen: false,
    passedShell: ({ stdout }) => stdout.includes(`${token}-shell`),
    next({ stdout, stderr }) {
      if (!isOpen && stdout.includes(`${token}-open`)) {
        isOpen = true
        return 'send-script'
      }
      const questions = stderr.split(`${token}-password:`).length - 1
      if (isOpen || questions <= asked) return null
      asked = questions
      return questions === 1 ? 'send-password' : 'password-refused'
    },
  }
}

/** @param token random text, hex digits */
export function doorFor({
  become,
  password,
  token,
}: {
  readonly become: 'sudo' | null
  readonly password: Secret | null
  readonly token: string
}): Door {
  if (become === null) return plainDoor()
  return password === null ? sudoDoor(token) : askingDoor(token)
}
