import { hostList, type HostList } from './draft.ts'
import { entriesOf, type HostFields } from './entry.ts'
import { EntryError } from './errors.ts'

/**
 * Lines of `[user@]host[:port] [name]`, with ranges and `#` comments.
 *
 * @throws {HostListError}
 */
export function readPlain(text: string, file: string): HostList {
  return hostList(file, ({ add }) => {
    for (const [index, line] of text.split(/\r?\n/).entries()) {
      const origin = { file, line: index + 1 }
      add(origin, () => {
        const fields = plainFields(line)
        return fields === null ? [] : entriesOf(fields, origin)
      })
    }
  })
}

/**
 * Hosts named on the command line: `[user@]host[:port]`, ranges too. Which argument it is stands for the line.
 *
 * @throws {HostListError}
 */
export function readArguments(hosts: readonly string[]): HostList {
  const file = 'command line'
  return hostList(file, ({ add }) => {
    for (const [index, address] of hosts.entries()) {
      const origin = { file, line: index + 1 }
      add(origin, () => entriesOf({ address }, origin))
    }
  })
}

/**
 * What one line says; null of an empty one.
 *
 * @throws {EntryError}
 */
export function plainFields(line: string): HostFields | null {
  const words = line.split(/\s+/).filter((word) => word !== '')
  const comment = words.findIndex((word) => word.startsWith('#'))
  const [address, name = null, ...more] = comment === -1 ? words : words.slice(0, comment)
  if (address === undefined) return null
  if (name?.includes('=') === true) throw new EntryError(`${EXPECTED} ${shown(name)}; an Ansible inventory ends in .ini`)
  if (more.length > 0) throw new EntryError(`${EXPECTED} ${2 + more.length} words`)
  return { address, name }
}

const EXPECTED = 'expected [user@]host[:port] [name], found'

function shown(word: string): string {
  return JSON.stringify(word.slice(0, 80))
}
