import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, ParsedKey, Prompt } from 'ssh2'
import { HostFailure } from './causes.ts'
import type { Credentials } from './credentials.ts'

export interface Login {
  readonly next: AuthHandlerMiddleware
  /** Why nothing that was left could be tried; null where the host refused what it was given. */
  readonly fault: () => HostFailure | null
}

/** The host that is logged in to. */
export interface Host {
  readonly user: string
  /** `user@host:port`, for messages. */
  readonly end: string
  /** Whether its key is one that was known before this connection: a password goes to no other. */
  readonly isKnown: () => boolean
  /** Its key as people compare it: type and fingerprint. */
  readonly shownKey: () => string
}

/**
 * The agent's keys, then others, then the password; without the request `none` first, which costs a round trip and tells nothing. After the first
 * refusal only what the host still takes is tried, each method once.
 */
export function login({ user, end, isKnown, shownKey }: Host, credentials: Credentials): Login {
  const { agent, password } = credentials
  const left: (readonly [name: AuthenticationType, make: () => AnyAuthMethod])[] = []
  if (agent !== null) left.push(['publickey', () => ({ type: 'agent', username: user, agent })])
  for (const key of credentials.keys) left.push(['publickey', () => byKey(user, key)])
  if (password !== null) {
    left.push(['password', () => ({ type: 'password', username: user, password: password.reveal() })])
    left.push(['keyboard-interactive', () => ({ type: 'keyboard-interactive', username: user, prompt: answerWith(password.reveal()) })])
  }
  let fault: HostFailure | null = null
  let isPasswordWrong = false
  const next: AuthHandlerMiddleware = (takes, isPartial, done) => {
    // Types promise a list; before the first answer of the host it is null.
    const accepted = takes as readonly AuthenticationType[] | null
    if (isPasswordWrong && !isPartial && accepted?.includes('password') === true) dropPasswords()
    for (let method = left.shift(); method !== undefined; method = left.shift()) {
      const [name, make] = method
      if (accepted !== null && !accepted.includes(name)) continue
      if (name !== 'publickey' && !isKnown()) {
        fault = new HostFailure('newkey', `${end}: its host key ${shownKey()} is not known, and a password is never sent to an unknown key`)
        continue
      }
      if (name === 'password') isPasswordWrong = true
      done(make())
      return
    }
    // ssh2 takes false for "nothing left"; its types forgot it.
    done(false as unknown as AnyAuthMethod)
  }
  return { next, fault: () => fault }

  /** The host takes passwords, and has refused this one: asking again in another form only counts as one more failure. */
  function dropPasswords(): void {
    left.splice(0, left.length, ...left.filter(([name]) => name === 'publickey'))
  }
}

function byKey(user: string, key: ParsedKey): AnyAuthMethod {
  // ssh2 takes a parsed key as it is; its types know only texts.
  return { type: 'publickey', username: user, key: key as unknown as Buffer }
}

/** Answers the one question that is for a password, and no other: a one-time code is not ours to guess. */
function answerWith(
  password: string,
): (name: string, text: string, language: string, prompts: Prompt[], finish: (answers: string[]) => void) => void {
  let isAnswered = false
  return (_name, _text, _language, prompts, finish) => {
    const [question] = prompts
    const isPassword =
      prompts.length === 1 && question?.echo !== true && /pass|kennwort|mot de|contrase|парол|密码|パスワード/i.test(question?.prompt ?? '')
    finish(isPassword && !isAnswered ? [password] : [])
    isAnswered = true
  }
}
