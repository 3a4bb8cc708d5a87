import { deleteAt, getJson, postJson } from '../collector/api-client.ts'
import { milliseconds } from '../conf/duration.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { registerOf, type Page } from './read-register.ts'
import { setup } from './setup.ts'
import { table } from './table.ts'
import { print, printJson, tell } from './text.ts'
import { shortTime } from './when.ts'

interface Options extends CommonOptions {
  readonly role: string
  readonly name?: string
  readonly expires?: string
  readonly network?: string[]
  readonly json?: true
}

interface Token {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly networks: readonly string[]
  readonly expiresAt: string | null
  readonly usedAt: string | null
  readonly revokedAt: string | null
}

/** Makes, lists and revokes tokens of the API; needs an admin's. */
export default async function token(args: readonly string[]): Promise<number> {
  const command = commandLine('token', {
    description:
      'Tokens for the API. Roles: reader (all that can be read), collector (sends reports), capture (sends what "rollcall script --post" gathers, and can do nothing else), operator (reader, and edits), admin (everything).',
    examples: [
      ['rollcall token create --role collector --name web-01', 'prints the token, once'],
      ['rollcall token create --role reader --name auditor --expires 30d --network 10.0.0.0/8', 'for a month, from one network'],
      ['rollcall token list', 'all tokens, and when each was used last'],
      ['rollcall token revoke 1f2e3d4c5b6a', 'ends one at once'],
    ],
  })
    .argument('<action>', 'create, list or revoke')
    .argument('[id]', 'with revoke: the id of a token')
    .option('--role <role>', 'with create: reader, collector, capture, operator or admin', 'reader')
    .option('--name <name>', 'with create: who or what uses it')
    .option('--expires <duration>', 'with create: after that long, as in 30d')
    .option('--network <cidr...>', 'with create: only from these ranges')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const api = await registerOf(await setup(options))
  const [action, id] = operands
  if (action === 'create') {
    const { role, name, network, expires } = options
    if (name === undefined) throw new UsageError('a token has a name, so that you know later whose it is: add --name NAME')
    const body = {
      name,
      role,
      ...(network !== undefined && { networks: network }),
      ...(expires !== undefined && { expiresAt: new Date(Date.now() + milliseconds(expires)).toISOString() }),
    }
    const made = (await postJson(api, '/api/v1/tokens', JSON.stringify(body))) as { readonly id: string; readonly token: string }
    if (options.json === true) printJson(made)
    else print(made.token)
    tell(`this is token ${made.id}: it is shown only now`)
    return EXIT.done
  }
  if (action === 'revoke') {
    if (id === undefined) throw new UsageError('which token? "rollcall token list" shows their ids')
    await deleteAt(api, `/api/v1/tokens/${encodeURIComponent(id)}`)
    print(`token ${id} is revoked`)
    return EXIT.done
  }
  if (action !== 'list') throw new UsageError(`"rollcall token ${action}" is nothing: there are create, list and revoke`)
  const { results } = (await getJson(api, '/api/v1/tokens')) as Page<Token>
  if (options.json === true) printJson(results)
  else
    print(
      table(results, [
        { title: 'ID', value: (row) => row.id },
        { title: 'NAME', value: (row) => row.name },
        { title: 'ROLE', value: (row) => row.role },
        { title: 'NETWORKS', value: (row) => row.networks.join(' ') || 'all' },
        { title: 'USED', value: (row) => shortTime(row.usedAt) },
        { title: 'ENDS', value: (row) => (row.revokedAt === null ? shortTime(row.expiresAt) : 'revoked') },
      ]),
    )
  return EXIT.done
}
