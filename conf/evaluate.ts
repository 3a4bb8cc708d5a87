import { Worker } from 'node:worker_threads'
import type { Env } from './data.ts'
import { confError } from './errors.ts'

const SECONDS = 10

export type Evaluated = { readonly settings: unknown } | { readonly error: string }

/**
 * Runs a settings file in a fresh worker, which hands back plain data: an edit is seen at the next load (Node caches what it imported), and
 * nothing of the file stays in this process. What it prints goes to stderr.
 *
 * @throws {ConfError} when it does not load, holds anything but plain data, or does not end in time
 */
export async function evaluate(file: string, env: Env = process.env): Promise<unknown> {
  const script = import.meta.url.endsWith('.ts') ? './evaluate-worker.ts' : './evaluate-worker.js'
  const worker = new Worker(new URL(script, import.meta.url), {
    workerData: { file },
    env: { ...env },
    // Node's remarks on how the file had to be read are nothing an operator can act on.
    execArgv: ['--no-warnings'],
    stdout: true,
  })
  worker.stdout.pipe(process.stderr, { end: false })
  const { promise, resolve } = Promise.withResolvers<Evaluated>()
  const late = setTimeout(() => resolve({ error: `did not end within ${SECONDS} s` }), SECONDS * 1000)
  worker.once('message', resolve)
  worker.once('error', (error) => resolve({ error: String(error) }))
  worker.once('exit', () => resolve({ error: 'ended without settings: it awaits something that never comes, or calls process.exit' }))
  const result = await promise
  clearTimeout(late)
  await worker.terminate()
  if ('error' in result) throw confError(file, '', result.error)
  return result.settings
}
