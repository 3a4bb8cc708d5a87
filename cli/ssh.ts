import { readUndone } from '../collector/run/last-run.ts'
import { entryKey } from '../collector/ssh/target.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { onSchedule } from './schedule.ts'
import { setup } from './setup.ts'
import { planRun } from './ssh-plan.ts'
import { runHosts } from './ssh-run.ts'
import { tell } from './text.ts'

interface Options extends CommonOptions {
  readonly hosts?: string
  readonly assets?: string
  readonly user?: string
  readonly port?: string
  readonly key?: string
  readonly hostKeys?: string
  readonly concurrency?: string
  readonly post: boolean
  readonly retryFailed?: true
  readonly schedule?: string
  readonly json?: true
}

/** Central mode: many hosts over SSH. */
export default async function ssh(args: readonly string[]): Promise<number> {
  const command = commandLine('ssh', {
    description:
      'Collect hosts over SSH: one connection and one exec each, nothing installed on them. Reports are posted to the API as they come.',
    examples: [
      ['rollcall ssh web-01 root@10.0.0.5', 'these two, as your own ssh would reach them'],
      ['rollcall ssh --hosts hosts.txt', 'a list: lines, YAML, CSV, or an Ansible inventory'],
      ['rollcall ssh --assets kind=vm --retry-failed', 'what the last run left undone, of these assets'],
      ['rollcall ssh --hosts - --no-post --json < hosts.txt', 'without an API: a JSON line for each host, with its report'],
      ["rollcall ssh --hosts hosts.txt --schedule '0 * * * *'", 'every hour'],
    ],
  })
    .argument('[host...]', '[user@]host[:port], ranges such as web[01-40].dc1 too')
    .option('--hosts <file>', 'host list; - for standard input')
    .option('--assets <query>', 'assets of the register, by text or filters such as kind=vm')
    .option('--user <name>', 'login name')
    .option('--port <number>', 'port')
    .option('--key <file>', 'private key')
    .option('--host-keys <policy>', 'strict, accept-new or off')
    .option('--concurrency <number>', 'hosts at the same time')
    .option('--no-post', 'collect without an API')
    .option('--retry-failed', 'only hosts that the last run left undone')
    .option('--schedule <cron>', 'again and again, at these times')
    .option('--json', 'a JSON line for each host, as it completes')
  const { options, operands } = parse<Options>(command, args)
  const loaded = await setup(options)
  if (options.concurrency !== undefined && !/^[1-9]\d{0,4}$/.test(options.concurrency))
    throw new UsageError(`--concurrency ${options.concurrency}: a whole number from 1 on`)
  const concurrency = Number(options.concurrency ?? loaded.settings.ssh.concurrency)
  const planned = await planRun(loaded, { operands, hosts: options.hosts, assets: options.assets }, options)
  const undone = options.retryFailed === true ? await readUndone(loaded.folder, 'ssh') : null
  if (options.retryFailed === true && undone === null) throw new UsageError('no run is known whose failed hosts could be tried again')
  const hosts = undone === null ? planned : planned.filter(({ target }) => undone.has(entryKey(target)))
  if (hosts.length === 0) {
    tell('nothing is to be done: the last run left none of these hosts undone')
    return EXIT.done
  }
  const touched = new Set(hosts.map(({ target }) => entryKey(target)))
  const undoneBefore = [...(undone ?? [])].filter((key) => !touched.has(key))
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const once = () =>
    runHosts(loaded, hosts, { concurrency, post: options.post, json: options.json === true, undoneBefore, signal: stop.signal })
  return options.schedule === undefined ? await once() : await onSchedule(options.schedule, once, stop.signal)
}
