import type { HostEntry } from '../hosts/entry.ts'
import { HostListError, place, type Problem } from '../hosts/errors.ts'
import type { Minion } from './find-minions.ts'

/**
 * The minions that a host list names: its addresses are minion ids. What it says of users, ports, keys and gateways is for SSH.
 *
 * @throws {HostListError} where two entries are one minion, or have one name
 */
export function minionsIn(entries: readonly HostEntry[]): Minion[] {
  const seen = new Map<string, HostEntry>()
  const problems: Problem[] = []
  for (const entry of entries) {
    for (const what of [`the minion ${entry.address}`, ...(entry.name === null ? [] : [`the name ${entry.name}`])]) {
      const first = seen.get(what)
      if (first === undefined) seen.set(what, entry)
      else problems.push({ origin: entry.origin, message: `${what} is there already, in ${place(first.origin)}` })
    }
  }
  if (problems.length > 0) throw new HostListError(problems)
  return entries.map(({ address, name }) => ({ id: address, name }))
}
