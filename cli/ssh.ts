import type { PlannedHost } from '../collector/hosts/plan.ts'
import { readUndone, undoneOf, type Undone } from '../collector/run/last-run.ts'
import { entryKey } from '../collector/ssh/target.ts'
import { stopSignal } from './after-stop.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { tellNothing } from './end-run.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { onSchedule } from './schedule.ts'
import { setup, type Setup } from './setup.ts'
import { listReader, planRun } from './ssh-plan.ts'
import { runHosts } from './ssh-run.ts'
import { wholeNumber } from './values.ts'

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
    .option('--user <name>', 'login name (default: ssh.user, else what your ssh config says)')
    .option('--port <number>', 'port (default: what your ssh config says, else 22)')
    .option('--key <file>', 'private key (default: ssh.key, else the keys of the agent and in ~/.ssh)')
    .option('--host-keys <policy>', 'strict, accept-new or off (default: ssh.hostKeys, accept-new)')
    .option('--concurrency <number>', 'hosts at the same time (default: ssh.concurrency, 200)')
    .option('--no-post', 'collect without an API, and print what --json prints')
    .option('--retry-failed', 'only hosts that the last run left undone')
    .option('--schedule <cron>', 'again and again, at these times; settings and list are read anew each time')
    .option('--json', 'a JSON line for each host, as it completes')
    .addHelpText('after', SETTINGS)
  const { options, operands } = parse<Options>(command, args)
  const listOf = listReader({ operands, hosts: options.hosts, assets: options.assets })
  if (options.concurrency !== undefined) wholeNumber('--concurrency', options.concurrency)
  const signal = stopSignal()
  const once = async (): Promise<number> => {
    const planned = await plan(options, listOf)
    if (planned === null) return EXIT.done
    const { loaded, hosts, others } = planned
    const concurrency = Number(options.concurrency ?? loaded.settings.ssh.concurrency)
    return await runHosts(loaded, hosts, { concurrency, post: options.post, json: options.json === true || !options.post, others, signal })
  }
  if (options.schedule === undefined) return await once()
  return await onSchedule(options.schedule, { once, check: async () => void (await plan(options, listOf)), signal })
}

const SETTINGS = `
Settings alone say (docs/settings.md): ssh.become 'sudo' for what only root can read, ssh.sudoPassword, ssh.password and ssh.passphrase by
reference, ssh.retries, and ssh.client 'openssh' for what the system's own ssh can do and rollcall's client cannot.`

interface Planned {
  readonly loaded: Setup
  readonly hosts: readonly (PlannedHost & Undone)[]
  /** What the last run left undone and this one does not touch. */
  readonly others: readonly Undone[]
}

/** Settings, list, ssh config and what was left undone, as they are now; null where nothing is to be done. */
async function plan(options: Options, listOf: ReturnType<typeof listReader>): Promise<Planned | null> {
  const loaded = await setup(options)
  const planned = planRun(loaded, await listOf(loaded), options).map((host) => {
    const { address, name } = host.entry
    return { ...host, key: entryKey(host.target), address, name }
  })
  if (options.retryFailed !== true) return { loaded, hosts: planned, others: [] }
  const undone = await readUndone(loaded.folder, 'ssh')
  if (undone === null) throw new UsageError('no run is known whose failed hosts could be tried again')
  const found = undoneOf(planned, undone)
  if (found.hosts.length > 0) return { loaded, ...found }
  tellNothing('hosts', found.others)
  return null
}
