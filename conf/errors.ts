/** One thing that is wrong with the settings. */
export interface Problem {
  /** Which layer said it: the file, `environment variable NAME`, `command line`, or `default`. */
  readonly origin: string
  /** `api.timeoutSeconds`; empty for the file as a whole. */
  readonly path: string
  /** What is wrong and what to do, with the value where it is no secret. */
  readonly message: string
  /** The nearest right name or value; null where none is near. */
  readonly nearest: string | null
}

/** The settings cannot be used: nothing starts before they are mended. All problems found are told at once. */
export class ConfError extends Error {
  override readonly name = 'ConfError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(told).join('\n'), options)
    this.problems = problems
  }
}

/** A ConfError with a single problem. */
export function confError(origin: string, path: string, message: string, cause?: unknown): ConfError {
  return new ConfError([{ origin, path, message, nearest: null }], cause === undefined ? undefined : { cause })
}

function told({ origin, path, message, nearest }: Problem): string {
  return `${origin}: ${path === '' ? '' : `${path}: `}${message}${nearest === null ? '' : `; did you mean ${nearest}?`}`
}
