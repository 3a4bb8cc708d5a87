/** What minions are to run. */
export interface SaltCall {
  /** A function of a Salt execution module. */
  readonly fun: 'test.ping' | 'cmd.run_all'
  readonly arg: readonly string[]
  readonly kwarg: Readonly<Record<string, string | number | boolean>>
}

/** Which minions: by pattern, as Salt itself understands it, or by id. */
export type SaltTarget = { readonly glob: string } | { readonly list: readonly string[] }

/** What one minion said, or Salt in its place. */
export interface MinionAnswer {
  readonly minion: string
  /** What the function returned; of a minion that did not answer `false` or a text of Salt; as it came. */
  readonly said: unknown
}

/** A Salt master, however it is talked to. */
export interface Master {
  /**
   * Has minions run something, and gives their answers as they come. Minions that say nothing may be missing. Ends without error at its
   * deadline, or when the signal comes.
   *
   * @throws {JobRefused} before any answer, where the user may not do this on all of these minions
   * @throws {RunnerError} where the master cannot be asked at all
   */
  ask(target: SaltTarget, call: SaltCall, signal: AbortSignal): AsyncIterable<MinionAnswer>
}

/** Salt refuses a job as a whole when one of its minions is out of bounds for the user: fewer minions may be asked. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused'
}

/** An answer too long to be read, in the place of what the minion said. */
export const TOO_LONG = Symbol('too long')
