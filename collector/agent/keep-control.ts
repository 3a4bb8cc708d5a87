import { AgentRunsError, StorageError } from '../errors.ts'
import { openControl, type Control, type Question } from './control.ts'
import type { Timing } from './scheduler.ts'

const LOOK_MS = 60_000

export interface Keeping {
  readonly folder: string
  readonly answer: (question: Question) => Promise<unknown>
  readonly timing: Timing
  /** Why nobody can ask the agent; null: somebody can. On a disk that takes nothing the agent works, too. */
  readonly onTrouble: (reason: string | null) => void
  /** Another agent has taken the folder meanwhile. */
  readonly onOther: (error: AgentRunsError) => void
}

/**
 * The agent's socket, opened anew where somebody has removed it, or the data folder with it.
 *
 * @throws {AgentRunsError} where another agent answers
 */
export async function keepControl({ folder, answer, timing, onTrouble, onOther }: Keeping): Promise<Control> {
  let control: Control | null = null
  let isClosed = false
  let cancel: (() => void) | null = null
  const open = async (): Promise<void> => {
    try {
      control = await openControl(folder, answer)
      onTrouble(null)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      onTrouble(error.message)
    }
  }
  const look = async (): Promise<void> => {
    try {
      if ((await control?.isOurs()) !== true) {
        await control?.close()
        control = null
        if (!isClosed) await open()
      }
    } catch (error) {
      if (!(error instanceof AgentRunsError)) throw error
      return onOther(error)
    }
    if (isClosed) await control?.close()
    else lookLater()
  }
  const lookLater = (): void => {
    cancel = timing.after(LOOK_MS, () => void look())
  }
  await open()
  lookLater()
  return {
    isOurs: async () => (await control?.isOurs()) === true,
    close: async () => {
      isClosed = true
      cancel?.()
      await control?.close()
    },
  }
}
