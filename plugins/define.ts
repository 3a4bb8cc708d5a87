import type { Static, TObject } from 'typebox'
import type { Answer } from './answer.ts'

interface ProbeLimits {
  /** Seconds after which the probe is ended and its answer is `timeout`. Default 10. Longer ones run last. */
  readonly timeoutSeconds?: number
  /** Only root gets a good answer: as another user the probe is not tried, and its answer is `denied`. */
  readonly root?: true
  /** Exit codes of a good answer. Default `[0]`. */
  readonly okCodes?: readonly number[]
}

interface Needs {
  /**
   * Absolute paths that must exist and programs that must be installed, all of them: else the answer is `absent`, which costs no process and is
   * known before anything is asked. `a|b` is one of the two.
   */
  readonly needs?: readonly [string, ...string[]]
}

/**
 * One thing to fetch from a host. A probe name means the same probe in every plugin, and a capture keeps its answer as `<name>.txt`.
 *
 * - `file`: the text of a file; missing is `absent`.
 * - `files`: all files that globs reach, such as those of `/sys/block/sd*`: `path:line` for each line, glob after glob, as `grep -Hs ''` prints
 *   it. Files that cannot be read are left out; `absent` where none of the folders before the wildcards is there. A glob varies in one name
 *   of its path, by `*` and `[0-9]`.
 * - `exec`: the standard output of a program; not installed is `absent`.
 * - `sh`: a constant POSIX sh text, for a glob, a loop or the first of several programs. It runs in a subshell with `-f` unset and
 *   nothing interpolated; `exit 127` says absent, `exit 126` denied.
 * - `recorded`: never asked of a host by the script; read where a capture holds it (another program's view of the same facts).
 */
export type Probe =
  | ({ readonly file: string } & ProbeLimits)
  | ({ readonly files: readonly [glob: string, ...globs: string[]] } & ProbeLimits)
  | ({ readonly exec: readonly [program: string, ...args: string[]] } & ProbeLimits & Needs)
  | ({ readonly sh: string } & ProbeLimits & Needs)
  | { readonly recorded: string }

export type Probes = Readonly<Record<string, Probe>>

/** What the host answered, by probe name. */
export type Answers<P extends Probes = Probes> = { readonly [K in keyof P]: Answer }

type Row<L> = NonNullable<L> extends readonly (infer R extends object)[] ? R : never
type Name<T> = keyof T & string
type Key<R> = Name<R> | readonly [Name<R>, ...Name<R>[]]

/** For each list of items in T: what identifies an item, strongest first; one field, or several together. */
export type ListKeys<T> = {
  readonly [K in Name<T> as NonNullable<T[K]> extends readonly object[] ? K : never]: readonly [Key<Row<T[K]>>, ...Key<Row<T[K]>>[]]
}

/** `field`, or `list.field` for a field of every item of a list. */
export type FieldPath<T> = {
  [K in Name<T>]: NonNullable<T[K]> extends readonly object[] ? `${K}.${Name<Row<T[K]>>}` : K
}[Name<T>]

/**
 * From probes to one section. `schema` is flat: scalars, sets of scalars, and lists of items that are flat themselves; every field may be
 * null, which means that the host could not tell.
 */
export interface Plugin<P extends Probes = Probes, S extends TObject = TObject> {
  /** Name of the section and of the file: lower case, digits and hyphens; not `asset`, `template` or `group`, which the history has already. */
  readonly name: string
  /** Version of the section's meaning; raise it when a field is added or says something else. */
  readonly version: number
  /** One sentence for people who choose plugins. */
  readonly summary: string
  readonly probes: P
  readonly schema: S
  readonly keys: ListKeys<Static<S>>
  /** Fields of the current state alone: shown, never in the history, never in the digest. */
  readonly volatile: readonly FieldPath<Static<S>>[]
  /**
   * Fields and whole lists that a probe decides although others know something of them too. While its answer is neither ok nor absent they
   * are null: what a weaker source says instead would look like a change.
   */
  readonly decides?: { readonly [K in keyof NoInfer<P>]?: readonly Name<Static<NoInfer<S>>>[] }
  /**
   * Pure: no clock, no network, no file.
   *
   * @throws {ParseError} on text it does not understand
   * @throws {Unusable} when an answer without which there is no section was not ok; the section takes that status
   */
  parse(answers: Answers<P>): Static<S>
}

/** A plugin, typed: misspelt fields in `keys` and `volatile` do not compile. */
export function definePlugin<const P extends Probes, S extends TObject>(plugin: Plugin<P, S>): Plugin<P, S> {
  return plugin
}
