import { execa } from 'execa'
import { RunnerError } from '../errors.ts'
import { excerpt } from '../ssh/causes.ts'
import { linesOf, type Line } from './lines.ts'
import { JobRefused, TOO_LONG, type Master, type MinionAnswer, type SaltCall, type SaltTarget } from './master.ts'
import { yamlWord } from './yaml-word.ts'

/**
 * A master through its own `salt` program. Everything is told on its standard input (`--args-stdin`): a command line may hold 128 KB in one
 * word, and all users of the master can read it. Each minion is one line of JSON as soon as it answers; with `--static` nothing would come
 * before the last one.
 */
export function saltProgram({ callMs }: { readonly callMs: number }): Master {
  return { ask: (target, call, signal) => run(wordsFor(target, call), callMs, signal) }
}

/** One word a line, as `--args-stdin` wants it. All options are among them: those of the command line would be reset. */
export function wordsFor(target: SaltTarget, { fun, arg, kwarg }: SaltCall): string[] {
  return [
    '--out=json',
    '--out-indent=-1',
    '--no-color',
    ...('list' in target ? ['--list'] : []),
    '--',
    'list' in target ? target.list.join(',') : target.glob,
    fun,
    ...arg,
    ...Object.entries(kwarg).map(([name, value]) => `${name}=${yamlWord(value)}`),
  ]
}

async function* run(words: readonly string[], callMs: number, signal: AbortSignal): AsyncGenerator<MinionAnswer> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(callMs)])
  const child = execa('salt', ['--args-stdin'], {
    input: `${words.join('\n')}\n`,
    forceKillAfterDelay: 1000,
    // Else execa ends this process at Ctrl-C, before it could tell what was not done.
    cleanup: false,
    cancelSignal: until,
    buffer: false,
    encoding: 'buffer',
    reject: false,
  })
  let answers = 0
  let said = ''
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-SAID_CHARACTERS)))
  // A child of salt's may hold its output open; nobody waits for that.
  until.addEventListener('abort', () => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), { once: true })
  let isHeardOut = false
  try {
    for await (const line of linesOf(child.stdout, LINE_BYTES)) {
      const read = answersIn(line)
      if (read === null) said = `${said} ${line.text}`.slice(0, SAID_CHARACTERS)
      else for (const answer of read) yield answer
      answers += read?.length ?? 0
    }
    isHeardOut = true
  } catch (error) {
    if (!until.aborted) throw error
  } finally {
    // Whoever has heard enough does not wait for the others.
    if (!isHeardOut) child.kill()
  }
  const { exitCode, code, signal: killedBy } = await child
  if (code === 'ENOENT')
    throw new RunnerError("there is no salt program here: run this on the Salt master, or set salt.via to 'api' and salt.url")
  if (killedBy !== undefined && !until.aborted) throw new RunnerError(`salt was ended by ${killedBy}`)
  if (answers > 0 || until.aborted || /No minions matched/.test(said + complaint)) return
  if (REFUSED.test(said + complaint)) throw new JobRefused(excerpt(said || complaint))
  if (exitCode !== 0 || said !== '') throw new RunnerError(`salt: ${excerpt(`${said} ${complaint}`) || `it ended with status ${exitCode}`}`)
}

/** Salt's own default allows 1 MB for one answer. */
const LINE_BYTES = 64 * 1024 * 1024
const SAID_CHARACTERS = 4096

/** The words of Salt for publisher_acl and external_auth, since 2015. */
const REFUSED = /Failed to authenticate|Authenti?cation (?:failure|error)|Authori[sz]ation error|not permitted|not authori[sz]ed/i

/** Null where the line is something else that Salt wanted to say. */
function answersIn({ text, isCut }: Line): MinionAnswer[] | null {
  if (isCut) {
    const minion = /^\s*\{\s*"([^"\\]+)"\s*:/.exec(text)?.[1]
    return minion === undefined ? null : [{ minion, said: TOO_LONG }]
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return Object.entries(value).map(([minion, own]) => ({ minion, said: own as unknown }))
  } catch {
    return null
  }
}
