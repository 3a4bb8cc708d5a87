import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { StorageError } from '../collector/errors.ts'
import { writeAtomically } from '../collector/write-file.ts'

/** For other programs, such as a monitor. rollcall itself asks the socket: after a power cut, the number may be somebody else's. */
export async function writePid(folder: string): Promise<void> {
  try {
    await writeAtomically(fileIn(folder), `${process.pid}\n`, { mode: 0o644, durable: false })
  } catch (error) {
    // The agent works without it, and complains of the disk when it needs it.
    if (!(error instanceof StorageError)) throw error
  }
}

export async function removePid(folder: string): Promise<void> {
  await rm(fileIn(folder), { force: true }).catch(() => undefined)
}

/** null where no agent has left one. */
export async function readPid(folder: string): Promise<number | null> {
  const text = await readFile(fileIn(folder), 'utf8').catch(() => '')
  return /^\d+$/.test(text.trim()) ? Number(text) : null
}

function fileIn(folder: string): string {
  return join(folder, 'agent.pid')
}
