import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { readList, registerOf } from './read-register.ts'
import { setup } from './setup.ts'
import { table } from './table.ts'
import { print, printJson, tell } from './text.ts'
import { kindOf, wholeNumber } from './values.ts'
import { shortTime } from './when.ts'

interface Options extends CommonOptions {
  readonly json?: true
  readonly limit: string
  readonly stale?: true
  readonly kind?: string
}

/** As GET /assets shows one. */
export interface Asset {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly status: string
  readonly hostname: string | null
  readonly drift: boolean
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly stale: boolean
  readonly labels: Readonly<Record<string, string>>
}

/** Lists assets. */
export default async function assets(args: readonly string[]): Promise<number> {
  const command = commandLine('assets', {
    description: 'List the assets of the register, by name.',
    examples: [
      ['rollcall assets', 'all of them'],
      ['rollcall assets web', 'those with "web" in their name'],
      ['rollcall assets 02:42:ac:11:00:02', 'the one with this MAC address; a serial number or UUID does too'],
    ],
  })
    .argument('[query]', 'text in the name, or a whole identifier')
    .option('--kind <kind>', 'physical, vm, container or unknown')
    .option('--stale', 'only those that have not been seen for long')
    .option('--limit <number>', 'at most so many', '200')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const limit = wholeNumber('--limit', options.limit, 1_000_000)
  const loaded = await setup(options)
  const query = {
    q: operands[0],
    kind: options.kind === undefined ? undefined : await kindOf('--kind', options.kind),
    stale: options.stale === true ? 'true' : undefined,
  }
  const { results, more } = await readList<Asset>(await registerOf(loaded), '/assets', query, limit)
  if (options.json === true) printJson(results)
  else if (results.length === 0) tell('no assets')
  else
    print(
      table(results, [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'KIND', value: ({ kind }) => kind },
        { title: 'STATUS', value: ({ status }) => status },
        { title: 'LAST SEEN', value: ({ lastSeen }) => shortTime(lastSeen) },
        { title: 'NOTE', value: note },
      ]),
    )
  if (more) tell(`there are more: --limit ${results.length * 10}`)
  return EXIT.done
}

function note(asset: Asset): string {
  return [...(asset.drift ? [`drift: ${driftOf(asset)}`] : []), ...(asset.stale ? ['stale'] : [])].join(', ')
}

/** What it is that has another name than the register: the host itself, or what was pinned for it. */
export function driftOf({ name, hostname }: Pick<Asset, 'name' | 'hostname'>): string {
  const [own, observed] = [name, hostname ?? name].map((one) => one.toLowerCase().split('.', 1)[0])
  return own === observed ? 'a host list or its cert has another name' : `calls itself ${hostname}`
}
