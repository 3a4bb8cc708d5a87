import { ConfError } from '../conf/errors.ts'
import { pack, readLetter, type SettingsAnswer, type SettingsLetter } from './agent-letters.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'

/** Loads the settings for the agent: schema, validator and the readers of all formats would be a third of what an idle agent weighs. */
export default async function agentSettings(): Promise<number> {
  const options = (await readLetter()) as SettingsLetter // Written by the agent.
  let answer: SettingsAnswer
  try {
    answer = { setup: pack(await setup(options)) }
  } catch (error) {
    if (!(error instanceof ConfError)) throw error
    answer = { problems: error.problems }
  }
  process.stdout.write(JSON.stringify(answer))
  return EXIT.done
}
