import { homedir } from 'node:os'
import { getJson } from '../collector/api-client.ts'
import type { HostList } from '../collector/hosts/draft.ts'
import { place } from '../collector/hosts/errors.ts'
import { here } from '../collector/hosts/here.ts'
import { planHosts, type PlannedHost } from '../collector/hosts/plan.ts'
import { readArguments } from '../collector/hosts/plain.ts'
import { readSshConfig } from '../collector/hosts/ssh-config-files.ts'
import { UsageError } from './errors.ts'
import { registerOf } from './read-register.ts'
import type { Setup } from './setup.ts'
import { tell } from './text.ts'
import { kindOf, oneOf, someText, wholeNumber } from './values.ts'

const POLICIES = ['strict', 'accept-new', 'off'] as const

/** Which hosts: arguments, a list, or assets of the register. */
export interface Which {
  readonly operands: readonly string[]
  readonly hosts?: string | undefined
  readonly assets?: string | undefined
}

/** What the command line says of all hosts. */
export interface ForAll {
  readonly user?: string | undefined
  readonly port?: string | undefined
  readonly key?: string | undefined
  readonly hostKeys?: string | undefined
}

/** The hosts of a run, and how each is reached: the list before the settings, these before the user's ssh config. Notes go to stderr. */
export function planRun(loaded: Setup, { entries, notes }: HostList, forAll: ForAll): readonly PlannedHost[] {
  const { ssh } = loaded.settings
  const me = here()
  const plan = planHosts(entries, {
    config: readSshConfig(me),
    defaults: {
      user: forAll.user === undefined ? ssh.user : someText('--user', forAll.user),
      port: forAll.port === undefined ? null : wholeNumber('--port', forAll.port, 65_535),
      credentials: {
        key: forAll.key === undefined ? ssh.key : someText('--key', forAll.key),
        passphrase: ssh.passphrase,
        password: ssh.password,
        agent: ssh.agent ?? (process.env['SSH_AUTH_SOCK'] || null),
      },
      hostKeys: forAll.hostKeys === undefined ? ssh.hostKeys : oneOf('--host-keys', forAll.hostKeys, POLICIES),
      become: ssh.become,
      sudoPassword: ssh.sudoPassword,
      client: ssh.client,
      deadlines: { connectMs: ssh.connectSeconds * 1000, hostMs: ssh.hostSeconds * 1000 },
    },
    here: me,
  })
  for (const { origin, message } of notes) tell(`${place(origin)}: ${message}`)
  for (const note of plan.notes) tell(note)
  return plan.hosts
}

/** Reads the list of a run, each time anew: hosts come and go. What comes by a pipe comes once. */
export function listReader({ operands, hosts, assets }: Which): (loaded: Setup) => Promise<HostList> {
  const given = [operands.length > 0, hosts !== undefined, assets !== undefined].filter(Boolean).length
  if (given !== 1)
    throw new UsageError(
      given === 0
        ? 'which hosts? Name them, or a list with --hosts FILE, or assets of the register with --assets QUERY'
        : 'name hosts, or --hosts, or --assets: one of the three',
    )
  if (hosts !== undefined) someText('--hosts', hosts)
  let piped: Promise<HostList> | null = null
  return async (loaded) => {
    if (hosts === '-') return await (piped ??= listIn('-'))
    if (hosts !== undefined) return await listIn(hosts)
    if (assets === undefined) return readArguments(operands)
    const kind = assets.includes('=') ? new URLSearchParams(assets).get('kind') : null
    if (kind !== null) await kindOf('--assets kind', kind)
    const [{ readRegister }, api] = await Promise.all([import('../collector/hosts/register.ts'), registerOf(loaded)])
    return await readRegister(assets, (path) => getJson(api, path))
  }
}

async function listIn(file: string): Promise<HostList> {
  const { readHosts } = await import('../collector/hosts/read.ts')
  return await readHosts(file, { home: homedir(), cwd: process.cwd(), stdin: process.stdin })
}
