import { lines } from './text.ts'

/** What `systemctl list-units` says of a unit at this moment. */
export interface UnitState {
  readonly load: string
  readonly active: string
  readonly sub: string
}

/** Enablement (`enabled`, `static`, `masked` …) by unit, from `systemctl list-unit-files`, with or without its legend. */
export function unitFiles(text: string): Map<string, string> {
  const units = new Map<string, string>()
  for (const line of lines(text)) {
    const [name = '', state = ''] = line.trim().split(/\s+/, 3)
    if (isUnit(name) && /^[a-z-]{3,24}$/.test(state)) units.set(name, state)
  }
  return units
}

/** Current state by unit, from `systemctl list-units`, with or without its legend. Units that something names and nobody has are left out. */
export function unitStates(text: string): Map<string, UnitState> {
  const units = new Map<string, UnitState>()
  for (const line of lines(text)) {
    // A dot, or a star where the locale has no dot, marks what failed.
    const words = line.trim().split(/\s+/, 6)
    if (/^[●○↻×✗*]$/.test(words[0] ?? '')) words.shift()
    const [name = '', load = '', active = '', sub = ''] = words
    if (!isUnit(name) || ![load, active, sub].every((word) => /^[a-z-]{3,24}$/.test(word)) || load === 'not-found') continue
    units.set(name, { load, active, sub })
  }
  return units
}

/** Enablement of instances (`getty@tty1.service`), from the paths of their links below `*.wants`, one a line. Generators make theirs at every start. */
export function enabledInstances(paths: string): Map<string, string> {
  const units = new Map<string, string>()
  for (const path of lines(paths)) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (isUnit(name)) units.set(name, path.startsWith('/run/') ? 'generated' : 'enabled')
  }
  return units
}

function isUnit(name: string): boolean {
  return name.length <= 256 && /\.(?:service|socket|timer|path|target|mount|automount|swap|device|scope|slice|snapshot)$/.test(name)
}
