import { EntryError, HostListError, type Origin, type Problem } from './errors.ts'
import { wordsOf } from './words.ts'

/** One line of an ssh config that says something, in order. */
export type SshLine =
  | { readonly is: 'host'; readonly patterns: readonly string[]; readonly origin: Origin }
  | { readonly is: 'match'; readonly criteria: readonly Criterion[]; readonly origin: Origin }
  | { readonly is: 'include'; readonly configs: readonly SshConfig[]; readonly origin: Origin }
  /** `keyword` is in lower case; `written` as it stands in the file, for messages. */
  | { readonly is: 'set'; readonly keyword: string; readonly written: string; readonly values: readonly string[]; readonly origin: Origin }

export interface Criterion {
  readonly isNegated: boolean
  /** Lower case, such as `host`, `final`, `exec`. */
  readonly name: string
  readonly patterns: readonly string[]
}

export type SshConfig = readonly SshLine[]

/** Opens the files of an Include line. */
export type Include = (pattern: string, origin: Origin) => readonly SshConfig[]

const ALONE = ['all', 'canonical', 'final']

/**
 * The lines of an ssh_config(5). A parser of our own: the `ssh-config` package tells no line numbers, opens no Include, knows no negated Match,
 * and its evaluation runs programs (Match exec, nslookup for CanonicalizeHostname).
 *
 * @throws {HostListError} with all lines that ssh(1) would refuse too
 */
export function parseSshConfig(text: string, file: string, include: Include): SshConfig {
  const problems: Problem[] = []
  const config = text.split(/\r?\n/).flatMap((line, index): SshLine[] => {
    const origin = { file, line: index + 1 }
    try {
      return lineOf(line.trim(), origin, include)
    } catch (error) {
      if (!(error instanceof EntryError)) throw error
      problems.push({ origin, message: error.message })
      return []
    }
  })
  if (problems.length > 0) throw new HostListError(problems)
  return config
}

function lineOf(line: string, origin: Origin, include: Include): SshLine[] {
  const [, given = '', rest = ''] = /^([A-Za-z0-9]{1,64})(?:\s*=\s*|\s+|$)(.*)$/.exec(line) ?? []
  const keyword = given.toLowerCase()
  if (line === '' || line.startsWith('#')) return []
  if (keyword === '') throw new EntryError(`expected a keyword, found ${JSON.stringify(line.slice(0, 80))}`)
  // Commands go to a shell as they stand.
  if (keyword.endsWith('command')) return [{ is: 'set', keyword, written: given, values: [rest], origin }]
  const values = wordsOf(rest)
  if (values.length === 0) throw new EntryError(`${given} says nothing`)
  if (keyword === 'host') return [{ is: 'host', patterns: values, origin }]
  if (keyword === 'match') return [{ is: 'match', criteria: criteriaOf(values), origin }]
  if (keyword === 'include') return [{ is: 'include', configs: values.flatMap((value) => include(value, origin)), origin }]
  return [{ is: 'set', keyword, written: given, values, origin }]
}

/** `host *.dc1,!db* user root final`; newer versions of OpenSSH take `host=*.dc1` too. */
function criteriaOf(values: readonly string[]): Criterion[] {
  const criteria: Criterion[] = []
  for (let at = 0; at < values.length; at++) {
    const [, negation, given = '', glued] = /^(!?)([A-Za-z]+)(?:=(.*))?$/s.exec(values[at]!) ?? []
    const name = given.toLowerCase()
    const value = ALONE.includes(name) ? '' : (glued ?? values[++at])
    if (name === '' || value === undefined) throw new EntryError(`Match: ${JSON.stringify(values[at]?.slice(0, 80) ?? given)} says nothing`)
    criteria.push({ isNegated: negation === '!', name, patterns: value.split(',') })
  }
  return criteria
}
