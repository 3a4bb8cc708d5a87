import { HostFailure } from '../ssh/causes.ts'
import { JobRefused, type Master, type MinionAnswer, type SaltCall } from './master.ts'

/**
 * Asks minions by id. Salt refuses a job as a whole when the user may not do it on one of its minions: then halves are asked, until those
 * that are out of bounds stand alone.
 *
 * @throws {RunnerError} where the master cannot be asked at all
 */
export async function* askMinions(
  master: Master,
  minions: readonly string[],
  call: SaltCall,
  signal: AbortSignal,
): AsyncGenerator<MinionAnswer> {
  if (signal.aborted) return
  try {
    yield* master.ask({ list: minions }, call, signal)
    return
  } catch (error) {
    if (!(error instanceof JobRefused)) throw error
    if (minions.length === 1) {
      const [minion] = minions as readonly [string]
      yield { minion, said: new HostFailure('auth', `${minion}: Salt refuses ${call.fun} there: ${error.message}`, { cause: error }) }
      return
    }
  }
  const half = Math.ceil(minions.length / 2)
  yield* askMinions(master, minions.slice(0, half), call, signal)
  yield* askMinions(master, minions.slice(half), call, signal)
}

/** In groups of at most so many. */
export function batchesOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))
}
