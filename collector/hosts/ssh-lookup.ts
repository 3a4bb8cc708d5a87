import { place, type Origin } from './errors.ts'
import { fitsList } from './patterns.ts'
import type { Criterion, SshConfig, SshLine } from './ssh-config.ts'
import { isImmaterial, VITAL } from './ssh-keywords.ts'

/** What ssh(1) would be told of one host. */
export interface SshSettings {
  /** First values by keyword in lower case; of `identityfile` and `certificatefile` all. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** What rollcall's own client does not follow, such as `ProxyCommand (~/.ssh/config:12)`. */
  readonly ignored: readonly string[]
  /** Those of them without which it is not certain which machine is reached, or whom to trust. */
  readonly obstacles: readonly string[]
}

export interface Asked {
  /** As the list, or a person, names it. */
  readonly host: string
  /** The login name that is given already; null: the config may say. */
  readonly user: string | null
  readonly localUser: string
}

type SshSetting = Extract<SshLine, { readonly is: 'set' }>

const SEVERAL = new Set(['identityfile', 'certificatefile'])

/** All that the config says of a host, the first value winning, as in ssh(1). */
export function lookUp(config: SshConfig, asked: Asked): SshSettings {
  const values = new Map<string, readonly string[]>()
  const ignored = new Set<string>()
  const obstacles = new Set<string>()
  let name = asked.host
  let isFinal = false
  let wantsFinal = false

  walk(config, true)
  if (wantsFinal) {
    isFinal = true
    name = hostName()
    walk(config, true)
  }
  return { values, ignored: [...ignored], obstacles: [...obstacles] }

  function walk(lines: SshConfig, isActive: boolean): void {
    let isOn = isActive
    for (const line of lines) {
      if (line.is === 'host') isOn = isActive && fitsList(line.patterns, name)
      else if (line.is === 'match') isOn = isActive && line.criteria.every((one) => fits(one, line.origin))
      else if (!isOn) continue
      else if (line.is === 'include') for (const included of line.configs) walk(included, true)
      else set(line)
    }
  }

  function set({ keyword, written, values: given, origin }: SshSetting): void {
    // The first of the two ways through a gateway switches the other off.
    if ((keyword === 'proxyjump' && values.has('proxycommand')) || (keyword === 'proxycommand' && values.has('proxyjump'))) return
    const known = values.get(keyword)
    if (SEVERAL.has(keyword)) values.set(keyword, [...new Set([...(known ?? []), ...given])])
    else if (known === undefined) values.set(keyword, given)
    else return
    if (isImmaterial(keyword, given[0] ?? '')) return
    // A distribution's own file holds algorithms and the like, which is nobody's wish for this host.
    if (VITAL.has(keyword)) obstacles.add(`${written} (${place(origin)})`)
    else if (!origin.file.startsWith('/etc/')) ignored.add(`${written} (${place(origin)})`)
  }

  function fits({ name: criterion, patterns, isNegated }: Criterion, origin: Origin): boolean {
    switch (criterion) {
      case 'all':
        return !isNegated
      case 'final':
        wantsFinal = true
        return isFinal !== isNegated
      case 'canonical':
        return isNegated
      case 'host':
        return fitsList(patterns.map(lower), lower(hostName())) !== isNegated
      case 'originalhost':
        return fitsList(patterns.map(lower), lower(asked.host)) !== isNegated
      case 'user':
        return fitsList(patterns, asked.user ?? values.get('user')?.[0] ?? asked.localUser) !== isNegated
      case 'localuser':
        return fitsList(patterns, asked.localUser) !== isNegated
      case 'tagged':
        return fitsList(patterns, values.get('tag')?.[0] ?? '') !== isNegated
      default:
        // `exec` would run a program here, for each host.
        obstacles.add(`Match ${criterion} (${place(origin)})`)
        return false
    }
  }

  function hostName(): string {
    return (values.get('hostname')?.[0] ?? asked.host).replaceAll('%h', asked.host)
  }
}

function lower(text: string): string {
  return text.toLowerCase()
}
