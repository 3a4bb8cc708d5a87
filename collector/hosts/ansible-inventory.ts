import { splitAddress } from './address.ts'
import { HostListError, type Origin } from './errors.ts'
import { expandRanges } from './ranges.ts'

/** Variables of a host or group, of those that rollcall reads. */
export type Vars = Map<string, Var>

interface Var {
  readonly text: string
  readonly origin: Origin
}

interface Group {
  readonly vars: Vars
  readonly hosts: Set<string>
  readonly children: Set<string>
}

/** An Ansible inventory as its INI and YAML forms both mean it. */
export interface Inventory {
  readonly groups: Map<string, Group>
  readonly hosts: Map<string, { readonly vars: Vars; readonly origin: Origin }>
}

/** Variables of the files beside an inventory: group_vars/NAME and host_vars/NAME. */
export interface VarsBeside {
  group(name: string): Vars
  host(name: string): Vars
}

/** Of a list that comes by a pipe. */
export const NOTHING_BESIDE: VarsBeside = { group: () => new Map(), host: () => new Map() }

export function emptyInventory(): Inventory {
  return { groups: new Map(), hosts: new Map() }
}

export function groupOf({ groups }: Inventory, name: string): Group {
  const known = groups.get(name)
  if (known !== undefined) return known
  const group = { vars: new Map(), hosts: new Set<string>(), children: new Set<string>() }
  groups.set(name, group)
  return group
}

/**
 * Adds the hosts of a pattern such as `web[01:40].dc1:2222` to a group, and gives their variables to fill.
 *
 * @throws {EntryError}
 */
export function hostsOf(inventory: Inventory, group: string, pattern: string, origin: Origin): Vars[] {
  const { address, port } = splitAddress(pattern)
  return expandRanges(address, ':').map((name) => {
    groupOf(inventory, group).hosts.add(name)
    const host = inventory.hosts.get(name) ?? { vars: new Map(), origin }
    inventory.hosts.set(name, host)
    if (port !== null) host.vars.set('ansible_port', { text: String(port), origin })
    return host.vars
  })
}

/**
 * The variables of each host, the nearest winning as in Ansible: those of `all`, then of its groups from the outermost to the innermost (of
 * equally deep ones by name), each group's file after what the inventory says of all groups, then the host's own, then its file.
 *
 * @throws {HostListError} where groups contain each other
 */
export function settledVars(inventory: Inventory, beside: VarsBeside, file: string): Map<string, Vars> {
  const { depths, parents } = levels(inventory, file)
  const direct = new Map<string, string[]>()
  for (const [name, { hosts }] of inventory.groups) for (const host of hosts) direct.set(host, [...(direct.get(host) ?? []), name])
  // Hosts of the same groups share what these say.
  const known = new Map<string, Vars>()
  return new Map(
    [...inventory.hosts].map(([name, { vars }]) => {
      const groups = direct.get(name) ?? []
      const id = JSON.stringify(groups)
      const shared = known.get(id) ?? groupVars(ancestors(groups))
      known.set(id, shared)
      return [name, new Map([...shared, ...vars, ...beside.host(name)])]
    }),
  )

  function ancestors(groups: readonly string[]): string[] {
    const found = new Set(groups)
    for (const group of found) for (const parent of parents.get(group) ?? []) found.add(parent)
    return [...found].filter((one) => one !== 'all').toSorted((a, b) => depths.get(a)! - depths.get(b)! || (a < b ? -1 : 1))
  }

  function groupVars(groups: readonly string[]): Vars {
    const outermost = ['all', ...groups]
    const inside = outermost.map((name) => inventory.groups.get(name)?.vars ?? NO_VARS)
    const outside = outermost.map((name) => beside.group(name))
    const [all = NO_VARS, ...others] = inside
    const [allOutside = NO_VARS, ...othersOutside] = outside
    return new Map([all, allOutside, ...others, ...othersOutside].flatMap((vars) => [...vars]))
  }
}

const NO_VARS: Vars = new Map()

/** How deep each group lies at most, and in which groups it lies. */
function levels({ groups }: Inventory, file: string) {
  const parents = new Map<string, string[]>()
  for (const [name, { children }] of groups) for (const child of children) parents.set(child, [...(parents.get(child) ?? []), name])
  const open = new Map([...groups.keys()].map((name) => [name, parents.get(name)?.length ?? 0]))
  const depths = new Map<string, number>()
  const ready = [...open].filter(([, count]) => count === 0).map(([name]) => name)
  for (const name of ready) {
    depths.set(name, Math.max(0, ...(parents.get(name) ?? []).map((parent) => depths.get(parent)! + 1)))
    for (const child of groups.get(name)?.children ?? []) {
      open.set(child, open.get(child)! - 1)
      if (open.get(child) === 0) ready.push(child)
    }
  }
  const round = [...groups.keys()].find((name) => !depths.has(name))
  if (round !== undefined)
    throw new HostListError([{ origin: { file, line: 1 }, message: `the group ${round} contains itself, or is in one that does` }])
  return { depths, parents }
}
