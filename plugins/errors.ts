import type { Failed } from './answer.ts'

/** A program printed something that its plugin does not understand. The section becomes `failed`; the others still come. */
export class ParseError extends Error {
  override readonly name = 'ParseError'

  constructor(expected: string, found: string) {
    super(`${expected}, found: ${JSON.stringify(found.slice(0, 200))}`)
  }
}

/** An answer without which there is no section was not ok; the section takes its status and reason. */
export class Unusable extends Error {
  override readonly name = 'Unusable'
  readonly answer: Failed

  constructor(answer: Failed) {
    super(answer.reason)
    this.answer = answer
  }
}

/** A plugin breaks the contract, or two plugins contradict each other: a mistake of its author, told at start. */
export class PluginError extends Error {
  override readonly name = 'PluginError'
}

/** A file or stream is not a capture that rollcall can read. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError'
}
