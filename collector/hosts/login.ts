import { join } from 'node:path'
import type { HostAddress } from './address.ts'
import { lookUp, type SshSettings } from './ssh-lookup.ts'
import type { SshConfig } from './ssh-config.ts'

/** The user who runs rollcall, and the machine: what an ssh config is read against. Given by the caller, so that nothing here looks around. */
export interface Here {
  readonly user: string
  readonly home: string
  readonly uid: number
  /** Whether a file is there: the first IdentityFile that is counts. */
  readonly isThere: (file: string) => boolean
  /** SSH_AUTH_SOCK and what else an ssh config names by `${NAME}`. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What the ssh config says of one end of a connection; null where it says nothing. */
export interface Login {
  /** HostName, else what was asked for. */
  readonly address: string
  readonly port: number | null
  readonly user: string | null
  readonly key: string | null
  /** IdentityAgent: a socket, 'none', or null. */
  readonly agent: string | null
  /** ProxyJump as written. */
  readonly jump: string | null
  readonly hostKeyAlias: string | null
  /** Whether only known host keys are taken; a laxer wish is not followed. */
  readonly isStrict: boolean
  readonly ignored: readonly string[]
  readonly obstacles: readonly string[]
}

/** One host, or gateway, as the ssh config has it. `given` is what is settled already, by the list or the settings: Match may ask for it. */
export function loginTo(config: SshConfig, { address: host, user: given, port }: HostAddress, here: Here): Login {
  const settings = lookUp(config, { host, user: given, localUser: here.user })
  const first = (keyword: string): string | null => settings.values.get(keyword)?.[0] ?? null
  const address = (first('hostname') ?? host).replaceAll(/%([h%])/g, (_, token) => (token === 'h' ? host : '%'))
  const user = given ?? first('user')
  const strict = first('stricthostkeychecking')?.toLowerCase()
  const tokens = {
    h: address,
    n: host,
    p: String(port ?? first('port') ?? 22),
    r: user ?? here.user,
    u: here.user,
    d: here.home,
    i: String(here.uid),
    '%': '%',
  }
  const file = (path: string): string => atHome(filled(path, tokens, here.env), here.home)
  const agent = first('identityagent')
  return {
    address,
    port: numberIn(first('port')),
    user: first('user'),
    key: keyOf(settings, file, here),
    agent: agent === 'SSH_AUTH_SOCK' ? (here.env['SSH_AUTH_SOCK'] ?? null) : agent === null || agent === 'none' ? agent : file(agent),
    jump: first('proxyjump'),
    hostKeyAlias: first('hostkeyalias'),
    isStrict: strict === 'yes' || strict === 'true',
    ignored: settings.ignored,
    obstacles: settings.obstacles,
  }
}

/** The first that is there; else the first, so that its absence is told. */
function keyOf({ values }: SshSettings, file: (path: string) => string, { isThere }: Here): string | null {
  const files = (values.get('identityfile') ?? []).filter((path) => path.toLowerCase() !== 'none').map(file)
  return files.find(isThere) ?? files[0] ?? null
}

/** `%h`-like tokens and `${NAME}`; what is not known stays as it is. */
function filled(text: string, tokens: Readonly<Record<string, string>>, env: Here['env']): string {
  return text
    .replaceAll(/\$\{(\w{1,100})\}/g, (whole, name: string) => env[name] ?? whole)
    .replaceAll(/%(.)/g, (whole, token: string) => (Object.hasOwn(tokens, token) ? tokens[token]! : whole))
}

function atHome(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\d{1,5}$/.test(text) ? Number(text) : null
}
