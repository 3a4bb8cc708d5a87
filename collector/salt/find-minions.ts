import { RunnerError } from '../errors.ts'
import { HostFailure } from '../ssh/causes.ts'
import { askMinions, batchesOf } from './ask-minions.ts'
import { JobRefused, type Master, type MinionAnswer, type SaltCall } from './master.ts'
import { failureIn } from './minions.ts'

/** A minion to be collected. */
export interface Minion {
  readonly id: string
  /** The asset's name by the list; null where it gives none. */
  readonly name: string | null
}

export interface Found {
  readonly here: readonly Minion[]
  readonly failed: readonly { readonly minion: Minion; readonly failure: HostFailure }[]
}

/**
 * Which minions there are, and which of them answer, by one test.ping. So a pattern becomes a list that can be collected in batches, and no
 * batch waits for a minion that is down.
 *
 * @throws {RunnerError} where the master cannot be asked, or matches no minion
 */
export async function findMinions(
  master: Master,
  target: { readonly glob: string } | { readonly list: readonly Minion[] },
  signal: AbortSignal,
): Promise<Found> {
  const wanted = 'list' in target ? target.list : []
  const answers = 'list' in target ? pingAll(master, wanted, signal) : pingMatching(master, target.glob, signal)
  const said = new Map<string, unknown>()
  for await (const answer of answers) said.set(answer.minion, answer.said)
  const minions = 'list' in target ? wanted : [...said.keys()].toSorted().map((id) => ({ id, name: null }))
  if (minions.length === 0 && !signal.aborted) throw new RunnerError('no minion of that pattern is known to the master')
  const here = minions.filter(({ id }) => said.get(id) === true)
  const failed = minions
    .filter(({ id }) => said.get(id) !== true && (said.has(id) || !signal.aborted))
    .map((minion) => ({ minion, failure: said.has(minion.id) ? failureIn(minion.id, said.get(minion.id)) : unheard(minion) }))
  return { here, failed }
}

const PING: SaltCall = { fun: 'test.ping', arg: [], kwarg: {} }
/** A ping is small; the ids must fit a request. */
const PING_MINIONS = 1000

async function* pingAll(master: Master, minions: readonly Minion[], signal: AbortSignal): AsyncGenerator<MinionAnswer> {
  for (const batch of batchesOf(minions, PING_MINIONS)) {
    const ids = batch.map(({ id }) => id)
    yield* askMinions(master, ids, PING, signal)
  }
}

async function* pingMatching(master: Master, glob: string, signal: AbortSignal): AsyncGenerator<MinionAnswer> {
  try {
    yield* master.ask({ glob }, PING, signal)
  } catch (error) {
    if (!(error instanceof JobRefused)) throw error
    const hint = 'ask for fewer with --target, or list them with --hosts'
    throw new RunnerError(`Salt refuses test.ping on all that ${glob} matches (${error.message}): ${hint}`, { cause: error })
  }
}

function unheard({ id }: Minion): HostFailure {
  return new HostFailure('timeout', `${id}: it did not answer; does the master know a minion of that name?`)
}
