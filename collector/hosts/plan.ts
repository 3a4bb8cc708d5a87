import { entryKey, type CredentialRefs, type Endpoint, type HostKeyPolicy, type Target } from '../ssh/target.ts'
import { checked, jumpOf, type HostAddress } from './address.ts'
import type { HostEntry } from './entry.ts'
import { EntryError, HostListError, place, type Problem } from './errors.ts'
import { loginTo, type Here, type Login } from './login.ts'
import type { SshConfig } from './ssh-config.ts'

/** What the settings say for all hosts; null: the ssh config may say. */
export interface Defaults extends Pick<Target, 'hostKeys' | 'sudoPassword' | 'client' | 'deadlines' | 'maxBytes' | 'become'> {
  readonly user: string | null
  readonly port: number | null
  readonly credentials: CredentialRefs
}

/** A host that can be collected, or is known not to be. */
export interface PlannedHost {
  readonly target: Target
  readonly entry: HostEntry
  /** Why rollcall's own client must not connect: the ssh config has something it cannot follow. null: it may. */
  readonly obstacle: string | null
}

export interface Plan {
  readonly hosts: readonly PlannedHost[]
  /** Lines of the ssh config that are not followed, and may be missed. */
  readonly notes: readonly string[]
}

interface Sources {
  readonly config: SshConfig
  readonly defaults: Defaults
  readonly here: Here
}

/**
 * How each entry of a list is reached. The list goes before the settings, these before the ssh config, and then come the user's own name and
 * port 22. A gateway is the user's own affair: for it the ssh config goes before the settings.
 *
 * @throws {HostListError} where two entries are one host, or have one name
 */
export function planHosts(entries: readonly HostEntry[], { config, defaults, here }: Sources): Plan {
  const problems: Problem[] = []
  const ignored = new Map<string, number>()
  const hosts = entries.flatMap((entry) => {
    try {
      return [plan(entry)]
    } catch (error) {
      if (!(error instanceof EntryError)) throw error
      problems.push({ origin: entry.origin, message: error.message })
      return []
    }
  })
  problems.push(...twins(hosts))
  if (problems.length > 0) throw new HostListError(problems)
  const notes = [...ignored].map(
    ([what, count]) => `${what} is not followed, for ${count} host${count === 1 ? '' : 's'}: if that is missed, ${HINT}`,
  )
  return { hosts, notes }

  function plan(entry: HostEntry): PlannedHost {
    const { become, name } = entry
    const own = loginTo(config, { ...entry, user: entry.user ?? defaults.user, port: entry.port ?? defaults.port }, here)
    const jump = entry.jump ?? (own.jump === null ? [] : jumpOf(own.jump))
    const via = gateways(jump, [])
    // The list's own way goes before the config's.
    const obstacles = own.obstacles.filter((what) => entry.jump === null || !/^proxycommand /i.test(what))
    const needs = obstacles.length > 0 && defaults.client === 'ssh2'
    if (defaults.client === 'ssh2') for (const what of own.ignored) ignored.set(what, (ignored.get(what) ?? 0) + 1)
    const { address } = checked({ ...own, user: null, port: null })
    const target: Target = {
      ...defaults,
      name,
      // ssh(1) finds its own lines by the name in the list; a gateway must be told where to go.
      ...(defaults.client === 'ssh2' ? { address } : via.length === 0 ? { address: entry.address } : { address, alias: entry.address }),
      port: entry.port ?? defaults.port ?? own.port ?? 22,
      user: entry.user ?? defaults.user ?? own.user ?? here.user,
      credentials: credentialsOf(entry.key ?? defaults.credentials.key ?? own.key, own.agent),
      hostKeyAlias: own.hostKeyAlias,
      hostKeys: policyFor(own),
      via,
      become: become === null ? defaults.become : become === 'sudo' ? 'sudo' : null,
    }
    return { target, entry, obstacle: needs ? `${obstacles.join(', ')} of the ssh config cannot be followed here: ${HINT}` : null }
  }

  /** With the gateways that the first gateway itself needs, as ssh(1) has it. */
  function gateways(jump: readonly HostAddress[], before: readonly string[]): Endpoint[] {
    const [nearest, ...others] = jump.map((hop) => ({ hop, login: loginTo(config, hop, here) }))
    if (nearest === undefined) return []
    const { hop, login } = nearest
    if (before.includes(hop.address) || before.length > 8) throw new EntryError(`the gateway ${hop.address} is reached through itself`)
    const further = login.jump === null ? [] : gateways(jumpOf(login.jump), [...before, hop.address])
    return [...further, ...[nearest, ...others].map(endpointOf)]
  }

  function endpointOf({ hop, login }: { readonly hop: HostAddress; readonly login: Login }): Endpoint {
    if (login.obstacles.length > 0)
      throw new EntryError(`the gateway ${hop.address}: ${login.obstacles.join(', ')} of the ssh config cannot be followed`)
    const user = hop.user ?? login.user ?? defaults.user ?? here.user
    const { address } = checked({ ...login, user: null, port: null })
    const credentials = credentialsOf(login.key ?? defaults.credentials.key, login.agent)
    const alias = defaults.client === 'openssh' ? { alias: hop.address } : {}
    const { hostKeyAlias } = login
    return { address, ...alias, port: hop.port ?? login.port ?? 22, user, credentials, hostKeyAlias, hostKeys: policyFor(login) }
  }

  /** A laxer wish than the settings' is not followed. */
  function policyFor({ isStrict }: Login): HostKeyPolicy {
    return isStrict ? 'strict' : defaults.hostKeys
  }

  function credentialsOf(key: string | null, agent: string | null): CredentialRefs {
    return { ...defaults.credentials, key, agent: agent === 'none' ? null : (agent ?? defaults.credentials.agent) }
  }
}

const HINT = "set ssh.client to 'openssh'"

/** One host twice would be collected twice at a time, and one name for two hosts pin the wrong one. */
function twins(hosts: readonly PlannedHost[]): Problem[] {
  const seen = new Map<string, HostEntry>()
  return hosts.flatMap(({ target, entry }) => {
    const keys = [`the host ${entryKey(target)}`, ...(entry.name === null ? [] : [`the name ${entry.name}`])]
    const twice = keys.find((key) => seen.has(key))
    const first = twice === undefined ? undefined : seen.get(twice)
    for (const key of keys) if (!seen.has(key)) seen.set(key, entry)
    return first === undefined ? [] : [{ origin: entry.origin, message: `${twice!} is there already, in ${place(first.origin)}` }]
  })
}
