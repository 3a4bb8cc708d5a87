import { compareText } from '../plugins/items.ts'

/** By name of the service: the plugin that runs, and every how many seconds. */
export type Services = Readonly<Record<string, readonly [plugin: string, intervalSeconds: number]>>

export interface Template {
  readonly name: string
  readonly services: Services
}

export interface Group {
  readonly name: string
  /** The group that this one is nested in. */
  readonly parent: string | null
  /** Names of the templates that are linked to it. */
  readonly templates: readonly string[]
}

/** All that people decided for agents, by name. */
export interface Centre {
  readonly templates: ReadonlyMap<string, Template>
  readonly groups: ReadonlyMap<string, Group>
}

/** What was decided for one asset: names of the templates linked to it, and of the groups that it was put into. */
export interface Decided {
  readonly templates: readonly string[]
  readonly groups: readonly string[]
}

export interface Resolved {
  readonly services: Services
  /** By service: `template web`, or `template web via group dc1` where the link is a group's. */
  readonly origins: Readonly<Record<string, string>>
}

/**
 * The services of one asset. Pure. Each service is decided by itself: a template that is linked to the asset beats one that is linked to a group;
 * a group beats the groups that it is nested in, the nearer to the asset the stronger; where that leaves several, the first group by name, then
 * the first template by name. Sorted by service.
 */
export function resolve({ templates, groups }: Centre, asset: Decided): Resolved {
  const found = new Map<string, { readonly service: Services[string]; readonly origin: string }>()
  const offer = (names: readonly string[], via: string) => {
    for (const name of names.toSorted(compareText))
      for (const [service, value] of Object.entries(templates.get(name)?.services ?? {}))
        if (!found.has(service)) found.set(service, { service: value, origin: `template ${name}${via}` })
  }
  offer(asset.templates, '')
  for (const name of nearestFirst(groups, asset.groups)) offer(groups.get(name)!.templates, ` via group ${name}`)
  const sorted = [...found].toSorted(([a], [b]) => compareText(a, b))
  return {
    services: Object.fromEntries(sorted.map(([name, { service }]) => [name, service])),
    origins: Object.fromEntries(sorted.map(([name, { origin }]) => [name, origin])),
  }
}

/**
 * The groups of an asset and all that these are nested in. A group is as far from the asset as the longest way to it, so that an asset which
 * was put into a group and into the one around it still has the inner one first.
 */
function nearestFirst(groups: Centre['groups'], own: readonly string[]): string[] {
  const distances = new Map<string, number>()
  for (const name of own)
    for (const [distance, one] of upwards(groups, name).entries()) distances.set(one, Math.max(distance, distances.get(one) ?? 0))
  return [...distances].toSorted(([a, far], [b, farther]) => far - farther || compareText(a, b)).map(([name]) => name)
}

/** A group and those around it, innermost first. Ends also where the groups go in a circle, as they never should. */
export function upwards(groups: Centre['groups'], name: string): string[] {
  const line: string[] = []
  for (let at = groups.get(name); at !== undefined && !line.includes(at.name); at = at.parent === null ? undefined : groups.get(at.parent))
    line.push(at.name)
  return line
}
