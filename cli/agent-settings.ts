import { ConfError } from '../conf/errors.ts'
import { answer, pack, readLetter, type SettingsAnswer, type SettingsLetter } from './agent-letters.ts'
import { setup } from './setup.ts'

/** Loads the settings for the agent: schema, validator and the readers of all formats would be a third of what an idle agent weighs. */
export default async function agentSettings(): Promise<never> {
  const options = (await readLetter()) as SettingsLetter // Written by the agent.
  let said: SettingsAnswer
  try {
    said = { setup: pack(await setup(options)) }
  } catch (error) {
    if (!(error instanceof ConfError)) throw error
    said = { problems: error.problems }
  }
  return await answer(said)
}
