import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { AuthContext } from 'ssh2'
import { KnownHosts } from '../../../collector/ssh/known-hosts.ts'
import type { Target } from '../../../collector/ssh/target.ts'
import { scratch } from '../scratch.ts'
import { serveSsh } from './ssh-server.ts'
import { connectionsSince, failureOf, targetOf, threadOf, type Thread } from './targets.ts'

/** Knows every key: what a host asks for is looked at here. */
function trusting(thread: Thread): Thread {
  const known = new KnownHosts()
  known.check = () => ({ is: 'known' })
  return { ...thread, known }
}

async function asked(
  t: Parameters<typeof scratch>[0],
  onLogin: (context: AuthContext) => void,
  own: Partial<Target> = {},
): Promise<{ cause: string; message: string }> {
  const port = await serveSsh(t, onLogin)
  const file = join(scratch(t), 'password')
  writeFileSync(file, 'open sesame', { mode: 0o600 })
  const credentials = { key: null, passphrase: null, password: `file:${file}`, agent: null }
  const open = connectionsSince(t)
  const result = await failureOf(
    targetOf({ port, credentials, deadlines: { connectMs: 600, hostMs: 1200 }, ...own }),
    trusting(threadOf(t)),
  )
  await setTimeout(50)
  assert.equal(open(), 0)
  return result
}

test('a host that stalls in the login: timeout', async (t) => {
  assert.deepEqual((await asked(t, () => undefined)).cause, 'timeout')
})

test('the password answers the one question that is for it, once', async (t) => {
  const answers: string[][] = []
  const { cause } = await asked(t, (context) => {
    if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
    context.prompt([{ prompt: 'Password: ', echo: false }], (first) => {
      answers.push(first)
      context.prompt([{ prompt: 'Password: ', echo: false }], (second) => {
        answers.push(second)
        context.reject(['keyboard-interactive'])
      })
    })
  })
  assert.deepEqual([cause, answers], ['auth', [['open sesame'], []]])
})

test('no other question is answered', async (t) => {
  for (const question of [
    { prompt: 'Verification code: ', echo: false },
    { prompt: 'Password: ', echo: true },
  ]) {
    const answers: string[][] = []
    await asked(t, (context) => {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
      context.prompt([question], (given) => {
        answers.push(given)
        context.reject(['keyboard-interactive'])
      })
    })
    assert.deepEqual(answers, [[]])
  }
})

test('a wrong password is not tried again in another form', async (t) => {
  const methods: string[] = []
  const { cause } = await asked(t, (context) => {
    methods.push(context.method)
    context.reject(['password', 'keyboard-interactive'])
  })
  assert.deepEqual([cause, methods], ['auth', ['password']])
})

test('a host that runs no command: protocol', async (t) => {
  const { cause, message } = await asked(t, (context) => context.accept())
  assert.deepEqual([cause, /runs no command/.test(message)], ['protocol', true], message)
})
