import { homedir } from 'node:os'
import { readUndone } from '../collector/run/last-run.ts'
import type { Minion } from '../collector/salt/find-minions.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { masterOf } from './salt-master.ts'
import { runSalt } from './salt-run.ts'
import { onSchedule } from './schedule.ts'
import { setup } from './setup.ts'
import { tell } from './text.ts'

interface Options extends CommonOptions {
  readonly target?: string
  readonly hosts?: string
  readonly batch?: string
  readonly post: boolean
  readonly retryFailed?: true
  readonly schedule?: string
  readonly json?: true
}

/** Salt mode: minions of a Salt master. */
export default async function salt(args: readonly string[]): Promise<number> {
  const command = commandLine('salt', {
    description:
      'Collect minions of a Salt master: by its salt program, or through salt-api. Reports are posted to the rollcall API as they come.',
    examples: [
      ["rollcall salt --target '*'", 'all minions, on the master itself'],
      ["rollcall salt --target 'web*' --no-post --json", 'without an API: a JSON line for each minion, with its report'],
      ['rollcall salt --hosts minions.txt', 'a list of minion ids, with names for the register'],
      ['ROLLCALL_SALT__VIA=api rollcall salt --hosts minions.txt', 'from anywhere, by salt-api (settings: salt.url, salt.user, ...)'],
    ],
  })
    .option('--target <glob>', 'minions by pattern, as salt itself takes it')
    .option('--hosts <file>', 'host list whose addresses are minion ids; - for standard input')
    .option('--batch <number>', 'minions at the same time')
    .option('--no-post', 'collect without an API')
    .option('--retry-failed', 'only minions that the last run left undone')
    .option('--schedule <cron>', 'again and again, at these times')
    .option('--json', 'a JSON line for each minion, as it completes')
  const { options } = parse<Options>(command, args)
  const loaded = await setup(options)
  if (options.batch !== undefined && !/^[1-9]\d{0,4}$/.test(options.batch))
    throw new UsageError(`--batch ${options.batch}: a whole number from 1 on`)
  const batch = Number(options.batch ?? loaded.settings.salt.batch)
  const target = await targetOf(options)
  const undone = options.retryFailed === true ? await readUndone(loaded.folder, 'salt') : null
  if (options.retryFailed === true && undone === null) throw new UsageError('no run is known whose failed minions could be tried again')
  const master = await masterOf(loaded.settings.salt)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const { post, json = false } = options
  const once = () => runSalt(loaded, { master, target, undone, batch, post, json, signal: stop.signal })
  return options.schedule === undefined ? await once() : await onSchedule(options.schedule, once, stop.signal)
}

async function targetOf({ target, hosts }: Options): Promise<{ readonly glob: string } | { readonly list: readonly Minion[] }> {
  if ((target === undefined) === (hosts === undefined))
    throw new UsageError("which minions? Name them by --target GLOB ('*' for all), or by --hosts FILE: one of the two")
  if (target !== undefined) {
    if (target.trim() === '' || /\p{Cc}/u.test(target)) throw new UsageError('--target: a pattern of minion ids is expected')
    return { glob: target }
  }
  const [{ readHosts }, { minionsIn }] = await Promise.all([
    import('../collector/hosts/read.ts'),
    import('../collector/salt/minion-list.ts'),
  ])
  const { entries, notes } = await readHosts(hosts!, { home: homedir(), cwd: process.cwd(), stdin: process.stdin })
  for (const { origin, message } of notes) tell(`${origin.file}:${origin.line}: ${message}`)
  return { list: minionsIn(entries) }
}
