import { readFileSync, statSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { readFolder, type CaptureNote } from '../plugins/capture.ts'
import { CaptureError } from '../plugins/errors.ts'
import { readStream, type Capture } from '../plugins/frames.ts'

/** A capture folder, a framed file, or standard input (`-`). */
export async function readCapture(from: string): Promise<Capture & { readonly note: CaptureNote }> {
  if (from === '-') return { ...readStream(await buffer(process.stdin)), note: {} }
  try {
    return statSync(from).isDirectory() ? readFolder(from) : { ...readStream(readFileSync(from)), note: {} }
  } catch (error) {
    if (error instanceof CaptureError) throw error
    throw new CaptureError(`${from} cannot be read: name a capture folder, a file with a script's output, or -`, { cause: error })
  }
}
