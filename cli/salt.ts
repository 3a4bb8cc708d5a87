import { homedir } from 'node:os'
import type { HostEntry } from '../collector/hosts/entry.ts'
import { place } from '../collector/hosts/errors.ts'
import { readUndone } from '../collector/run/last-run.ts'
import type { Minion } from '../collector/salt/find-minions.ts'
import { stopSignal } from './after-stop.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { masterOf } from './salt-master.ts'
import { runSalt } from './salt-run.ts'
import { onSchedule } from './schedule.ts'
import { setup } from './setup.ts'
import { tell } from './text.ts'
import { someText, wholeNumber } from './values.ts'

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
    .option('--batch <number>', 'minions at the same time (default: salt.batch, 100)')
    .option('--no-post', 'collect without an API, and print what --json prints')
    .option('--retry-failed', 'only minions that the last run left undone')
    .option('--schedule <cron>', 'again and again, at these times; settings and list are read anew each time')
    .option('--json', 'a JSON line for each minion, as it completes')
  const { options } = parse<Options>(command, args)
  if (options.batch !== undefined) wholeNumber('--batch', options.batch)
  const targetOf = targetReader(options)
  const signal = stopSignal()
  const plan = async () => {
    const loaded = await setup(options)
    const target = await targetOf()
    const undone = options.retryFailed === true ? await readUndone(loaded.folder, 'salt') : null
    if (options.retryFailed === true && undone === null) throw new UsageError('no run is known whose failed minions could be tried again')
    return { loaded, target, undone, master: await masterOf(loaded.settings.salt) }
  }
  const once = async (): Promise<number> => {
    const { loaded, ...planned } = await plan()
    const batch = Number(options.batch ?? loaded.settings.salt.batch)
    const { post, json = !post } = options
    return await runSalt(loaded, { ...planned, batch, post, json, signal })
  }
  if (options.schedule === undefined) return await once()
  return await onSchedule(options.schedule, { once, check: async () => void (await plan()), signal })
}

type Target = { readonly glob: string } | { readonly list: readonly Minion[] }

/** Reads which minions, each time anew; what comes by a pipe comes once. */
function targetReader({ target, hosts }: Options): () => Promise<Target> {
  if ((target === undefined) === (hosts === undefined))
    throw new UsageError("which minions? Name them by --target GLOB ('*' for all), or by --hosts FILE: one of the two")
  if (target !== undefined && (target.trim() === '' || /\p{Cc}/u.test(target)))
    throw new UsageError('--target: a pattern of minion ids is expected')
  if (hosts !== undefined) someText('--hosts', hosts)
  let piped: Promise<Target> | null = null
  return async () => {
    if (target !== undefined) return { glob: target }
    return hosts === '-' ? await (piped ??= listIn('-')) : await listIn(hosts!)
  }
}

async function listIn(file: string): Promise<Target> {
  const [{ readHosts }, { minionsIn }] = await Promise.all([
    import('../collector/hosts/read.ts'),
    import('../collector/salt/minion-list.ts'),
  ])
  const { entries, notes } = await readHosts(file, { home: homedir(), cwd: process.cwd(), stdin: process.stdin })
  for (const { origin, message } of notes) tell(`${place(origin)}: ${message}`)
  if (entries.some(isForSsh)) tell(`${file}: user, port, key, jump and become are for SSH, and not looked at`)
  return { list: minionsIn(entries) }
}

function isForSsh({ user, port, key, jump, become }: HostEntry): boolean {
  return [user, port, key, jump, become].some((said) => said !== null)
}
