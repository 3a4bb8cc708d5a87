import type { HostEntry } from './entry.ts'
import { EntryError, HostListError, type Origin, type Problem } from './errors.ts'

/** A host list that was read without a fault. */
export interface HostList {
  /** In the order of the list. */
  readonly entries: readonly HostEntry[]
  /** What was passed over, and why: an Ansible host of connection local, a password in an inventory. */
  readonly notes: readonly Problem[]
}

/** A list while it is read. */
export interface Draft {
  /** Adds what `make` gives; where it throws EntryError, that is a problem of this place. */
  readonly add: (origin: Origin, make: () => readonly HostEntry[]) => void
  readonly problem: (origin: Origin, message: string) => void
  /** The same note of the same place is kept once. */
  readonly note: (origin: Origin, message: string) => void
}

/** Beyond this a list is split among several collectors. */
const MOST_ENTRIES = 1_000_000

/**
 * Gathers entries and problems.
 *
 * @throws {HostListError} with every problem that was found, or when there is no host at all
 */
export function hostList(file: string, fill: (draft: Draft) => void): HostList {
  const entries: HostEntry[] = []
  const problems: Problem[] = []
  const notes = new Map<string, Problem>()
  fill({
    add(origin, make) {
      try {
        for (const entry of make()) entries.push(entry)
      } catch (error) {
        if (!(error instanceof EntryError)) throw error
        problems.push({ origin, message: error.message })
      }
      if (entries.length > MOST_ENTRIES)
        throw new HostListError([...problems, { origin, message: `more than ${MOST_ENTRIES} hosts: split the list` }])
    },
    problem: (origin, message) => void problems.push({ origin, message }),
    note: (origin, message) => void notes.set(`${origin.file}\n${origin.line}\n${message}`, { origin, message }),
  })
  if (problems.length > 0) throw new HostListError(problems)
  if (entries.length === 0) {
    const passed = [...notes.values()]
    throw new HostListError([...passed, { origin: { file, line: null }, message: 'names no host that can be collected' }])
  }
  return { entries, notes: [...notes.values()] }
}
