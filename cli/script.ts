import { randomBytes } from 'node:crypto'
import { probesOf } from '../collector/job.ts'
import { startLocal } from '../collector/local-runner.ts'
import { buildScript } from '../plugins/script.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { postScriptOf, type PostOptions } from './cron-script.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { loadPlugins, setup } from './setup.ts'
import { table } from './table.ts'
import { print, printJson } from './text.ts'

interface Options extends CommonOptions, PostOptions {
  readonly plugin?: string
  readonly become?: true
  readonly time?: true
  readonly json?: true
  readonly post?: true
}

/** Prints the very text that a host is asked to run, or runs it here and tells what each probe costs. */
export default async function script(args: readonly string[]): Promise<number> {
  const command = commandLine('script', {
    description: 'Print the script that hosts are asked to run: read it before you let it run on them. It changes nothing.',
    examples: [
      ['rollcall script', 'the script of the settings in force'],
      ['rollcall script | ssh web-01 sh -s > web-01.capture', 'run it by hand; "rollcall parse web-01.capture" reads the answer'],
      [
        'rollcall script --post --url https://cmdb.example:8700 > rollcall-post',
        'for a host without Node: collects it and posts, with sh and curl',
      ],
      [
        '17 * * * * sh /usr/local/sbin/rollcall-post >/dev/null',
        'its line in the crontab; a token of the role capture is in /etc/rollcall/token',
      ],
      ['rollcall script --time', 'what each probe costs on this machine'],
    ],
  })
    .option('--plugin <names>', 'only these plugins, separated by commas')
    .option('--become', 'as another user than root: through sudo -n where it allows that')
    .option('--time', 'run it on this machine and print wall and CPU time of each probe')
    .option('--json', 'with --time: print JSON')
    .option(
      '--post',
      'print a script for cron that also posts the answers, for hosts that may have no Node; it pins names and runs as whoever starts it',
    )
    .option('--url <url>', 'with --post: address of the API (else the setting api.url)')
    .option('--token-file <path>', 'with --post: where the token is on the hosts', '/etc/rollcall/token')
    .option('--ca <path>', 'with --post: certificates to trust, on the hosts')
    .option('--jitter <seconds>', 'with --post: most seconds to wait at random before it begins', '300')
  const { options } = parse<Options>(command, args)
  const loaded = await setup(options)
  if (options.post === true) {
    if (options.become === true || options.time === true)
      throw new UsageError('--post goes with neither --become nor --time: let cron run it as root')
    print(await postScriptOf(loaded, await loadPlugins(loaded, options.plugin?.split(',')), options))
    return EXIT.done
  }
  const probes = probesOf(await loadPlugins(loaded, options.plugin?.split(',')))
  const nonce = randomBytes(16).toString('hex')
  const become = options.become === true ? 'sudo' : (loaded.settings.become ?? undefined)
  if (options.time === undefined) {
    print(buildScript(probes, { nonce, become }).trimEnd())
    return EXIT.done
  }
  const capture = await startLocal()({ script: buildScript(probes, { nonce, become, times: true }), nonce, probes: Object.keys(probes) })
  const costs = costOf(
    Object.entries(capture.probes).map(([name, { exit, stdout, stderr, ms }]) => ({
      name,
      exit: String(exit),
      bytes: Buffer.byteLength(stdout),
      ms: ms ?? 0,
      stderr,
    })),
  )
  if (options.json === true) printJson(costs)
  else
    print(
      table(costs, [
        { title: 'PROBE', value: ({ name }) => name },
        { title: 'EXIT', value: ({ exit }) => exit },
        { title: 'BYTES', value: ({ bytes }) => bytes, right: true },
        { title: 'WALL MS', value: ({ ms }) => ms, right: true },
        { title: 'CPU MS', value: ({ cpuMs }) => cpuMs, right: true },
      ]),
    )
  return EXIT.done
}

interface Cost {
  readonly name: string
  readonly exit: string
  readonly bytes: number
  readonly ms: number
}

/** CPU time of each probe: what all children had used after it, less what they had used before. */
function costOf(rows: readonly (Cost & { readonly stderr: string })[]): (Cost & { readonly cpuMs: number | null })[] {
  let before = 0
  const timed = rows
    .map(({ stderr, ...row }) => ({ ...row, total: childrenMs(stderr) }))
    .toSorted((a, b) => (a.total ?? 0) - (b.total ?? 0))
  const costs = timed.map(({ total, ...row }) => {
    const cpuMs = total === null ? null : Math.round(total - before)
    before = total ?? before
    return { ...row, cpuMs }
  })
  const sum = {
    name: 'all',
    exit: '',
    bytes: costs.reduce((all, { bytes }) => all + bytes, 0),
    ms: costs.reduce((all, { ms }) => all + ms, 0),
    cpuMs: Math.round(before),
  }
  return [...costs.toSorted((a, b) => (b.cpuMs ?? 0) - (a.cpuMs ?? 0)), sum]
}

/** The last line of the shell's `times`: user and system time of all children so far, as in `0m0.12s 0m0.05s`. */
function childrenMs(stderr: string): number | null {
  const [, m1, s1, m2, s2] = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(stderr) ?? []
  return m1 === undefined ? null : 1000 * (Number(m1) * 60 + Number(s1) + Number(m2) * 60 + Number(s2))
}
