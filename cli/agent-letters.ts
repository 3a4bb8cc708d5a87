import type { Errand } from '../collector/agent/errand.ts'
import type { Problem } from '../conf/errors.ts'
import type { CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import type { Setup } from './setup.ts'

/** What the agent and its child processes write to each other, as JSON. */

/**
 * The letter that this process was started with, a line on standard input. The pipe stays open behind it: where it ends, the agent was killed.
 *
 * @param onOrphaned called when it was
 */
export async function readLetter(onOrphaned: () => void = () => undefined): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let text = ''
  process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (text.endsWith('\n')) resolve(text)
  })
  process.stdin.once('end', () => {
    resolve(text)
    onOrphaned()
  })
  try {
    return JSON.parse(await promise) as unknown
  } finally {
    // Listened to, and no reason to stay.
    if ('unref' in process.stdin) process.stdin.unref()
  }
}

/** How the line begins that is the answer: what a plugin prints is none. */
export const ANSWER = 'answer '

/** Answers, and ends this process at once: a timer that a plugin has left behind must not hold it. */
export async function answer(value: unknown): Promise<never> {
  await new Promise<void>((resolve) => process.stdout.write(`\n${ANSWER}${JSON.stringify(value)}\n`, () => resolve()))
  process.exit(EXIT.done)
}

/** Tells the agent that this process is still at it. */
export function giveSignOfLife(): void {
  process.stdout.write('\n')
}

/** To one that is to load the settings. */
export type SettingsLetter = Pick<CommonOptions, 'config' | 'data'>

/** And its answer. */
export type SettingsAnswer = { readonly setup: PackedSetup } | { readonly problems: readonly Problem[] }

/** To one that does an errand: with the settings in force, which a broken edit of the file does not reach. */
export interface ErrandLetter {
  readonly errand: Errand
  readonly setup: PackedSetup
}

export type PackedSetup = Omit<Setup, 'origins'> & { readonly origins: readonly (readonly [string, unknown])[] }

export function pack({ origins, ...rest }: Setup): PackedSetup {
  return { ...rest, origins: [...origins] }
}

export function unpack({ origins, ...rest }: PackedSetup): Setup {
  return { ...rest, origins: new Map(origins) as Setup['origins'] } // As it was packed.
}
