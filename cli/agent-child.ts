import { failedErrand, type Errand, type ErrandResult } from '../collector/agent/errand.ts'
import { ConfError, confError } from '../conf/errors.ts'
import { pack, unpack, type ErrandLetter, type SettingsAnswer, type SettingsLetter } from './agent-letters.ts'
import { askChild } from './ask-child.ts'
import type { Setup } from './setup.ts'

/** Does an errand in a process of its own, `rollcall agent errand`. */
export async function errandByChild(errand: Errand, setup: Setup, signal: AbortSignal): Promise<ErrandResult> {
  if (signal.aborted) return failedErrand('the agent stops')
  const { answer, how } = await askChild(itself('errand'), { errand, setup: pack(setup) } satisfies ErrandLetter, { signal })
  return (answer as ErrandResult | null) ?? failedErrand(`the process that collects ${how}; its log says why`) // Our own program answered.
}

/**
 * The settings as they are now, loaded by a process of its own.
 *
 * @throws {ConfError}
 */
export async function settingsByChild({ config, data }: SettingsLetter): Promise<Setup> {
  const letter = { ...(config !== undefined && { config }), ...(data !== undefined && { data }) }
  const { answer, how } = await askChild(itself('settings'), letter)
  if (answer === null) throw confError('settings', '', `could not be loaded: the process that was to do it ${how}`)
  const said = answer as SettingsAnswer // Our own program answered.
  if ('problems' in said) throw new ConfError(said.problems)
  return unpack(said.setup)
}

/** This same program, as a process of its own. */
function itself(action: string): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, process.argv[1]!, 'agent', action]
}
