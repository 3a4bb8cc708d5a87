/** Where something stands. */
export interface Origin {
  /** Path as given, `stdin`, `command line`, or the query of the register. */
  readonly file: string
  /** From 1. Of arguments and assets: which one. null: the file as a whole. */
  readonly line: number | null
}

/** Something to tell about one place. */
export interface Problem {
  readonly origin: Origin
  readonly message: string
}

/** A host list, or an ssh config, cannot be used; no host of it is run. All that is wrong is told at once. */
export class HostListError extends Error {
  override readonly name = 'HostListError'
  /** In the order of the lines. */
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(summary(problems), options)
    this.problems = problems
  }
}

/** One entry is wrong; whoever reads the list adds the place and goes on to the next. */
export class EntryError extends Error {
  override readonly name = 'EntryError'
}

/** `hosts.txt:12`, or `hosts.txt`. */
export function place({ file, line }: Origin): string {
  return line === null ? file : `${file}:${line}`
}

const SHOWN = 20

function summary(problems: readonly Problem[]): string {
  const shown = problems.slice(0, SHOWN).map(({ origin, message }) => `${place(origin)}: ${message}`)
  const rest = problems.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n')
}
