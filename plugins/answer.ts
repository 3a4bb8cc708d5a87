import type { Probe } from './define.ts'
import { Unusable } from './errors.ts'
import { folderOf } from './globs.ts'

export const FAILURES = ['absent', 'denied', 'timeout', 'truncated', 'failed'] as const

/** Why there is no usable answer: the host has no such thing, we may not see it, it took too long, the stream was cut, the program failed. */
export interface Failed {
  readonly status: (typeof FAILURES)[number]
  readonly reason: string
}

/** What one probe brought back. Text of anything but a good answer is never shown to a plugin. */
export type Answer = { readonly status: 'ok'; readonly text: string } | Failed

/**
 * One probe's raw result, as a host or a capture folder holds it. `exit` is the exit status, or what the script found before or instead
 * of one: the program or file is missing, needs root, was ended at its time limit, or the stream ended before it did.
 */
export interface RawAnswer {
  readonly exit: number | 'absent' | 'denied' | 'timeout' | 'truncated'
  readonly stdout: string
  readonly stderr: string
  /** Wall time on the host in milliseconds, to the 10 ms of /proc/uptime. */
  readonly ms?: number
}

/** The text of an answer; anything but ok decides the whole section. */
export function need(answer: Answer): string {
  if (answer.status !== 'ok') throw new Unusable(answer)
  return answer.text
}

/** The text of an ok answer, else null. */
export function textOf(answer: Answer): string | null {
  return answer.status === 'ok' ? answer.text : null
}

/** A list from an answer: empty where the host provably has no such thing, null where it could not tell. */
export function listOf<T>(answer: Answer, parse: (text: string) => T[]): T[] | null {
  if (answer.status === 'ok') return parse(answer.text)
  return answer.status === 'absent' ? [] : null
}

/** The first ok answer; else the one that comes nearest to an explanation: anything but absent before absent. */
export function firstOf(...answers: readonly [Answer, ...Answer[]]): Answer {
  return answers.find((one) => one.status === 'ok') ?? answers.find((one) => one.status !== 'absent') ?? answers[0]
}

/** What a probe's exit status and error text say. */
export function judge(probe: Probe, raw: RawAnswer | undefined): Answer {
  if ('recorded' in probe)
    return raw === undefined ? { status: 'absent', reason: 'not in this capture' } : { status: 'ok', text: raw.stdout }
  if (raw === undefined) return { status: 'absent', reason: 'not in this capture' }
  const what = subjectOf(probe)
  switch (raw.exit) {
    case 'absent':
      return { status: 'absent', reason: absenceOf(probe, what) }
    case 'denied':
      return { status: 'denied', reason: `${what} needs root` }
    case 'timeout':
      return { status: 'timeout', reason: `${what} did not end within ${probe.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS} s` }
    case 'truncated':
      return { status: 'truncated', reason: raw.stderr === '' ? `the answer of ${what} was cut short` : firstLine(raw.stderr) }
  }
  if ((probe.okCodes ?? ('files' in probe ? GREP_CODES : [0])).includes(raw.exit)) return { status: 'ok', text: raw.stdout }
  const said = firstLine(raw.stderr)
  if (raw.exit === 127) return { status: 'absent', reason: said || `${what} is not there` }
  if (raw.exit === 126 || DENIED.test(raw.stderr)) return { status: 'denied', reason: said || `${what} may not be run` }
  return { status: 'failed', reason: `${what} ended with ${raw.exit}${said && `: ${said}`}` }
}

function subjectOf(probe: Exclude<Probe, { readonly recorded: string }>): string {
  if ('file' in probe) return probe.file
  if ('files' in probe) return [...new Set(probe.files.map(folderOf))].join(' or ')
  return 'exec' in probe ? probe.exec[0] : 'probe'
}

function absenceOf(probe: Probe, what: string): string {
  if ('needs' in probe) return `${probe.needs.flatMap((one) => one.split('|')).join(' or ')} is not there`
  return 'file' in probe || 'files' in probe ? `${what} is not there` : `${what} is not installed`
}

/** grep: some lines, none, and a file that could not be read. */
const GREP_CODES = [0, 1, 2]

export const DEFAULT_TIMEOUT_SECONDS = 10

const DENIED = /permission denied|operation not permitted|must be (?:super-?user|root)|requires? root|not authori[sz]ed|access denied/i

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0]!.slice(0, 200)
}
