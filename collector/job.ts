import { randomBytes } from 'node:crypto'
import type { RawAnswer } from '../plugins/answer.ts'
import type { Plugin, Probes } from '../plugins/define.ts'
import type { Capture } from '../plugins/frames.ts'
import { buildScript, mergeProbes, type ScriptOptions } from '../plugins/script.ts'
import { EVIDENCE_PROBES } from '../plugins/evidence.ts'

/** What one host is asked: the same for every way of reaching it. */
export interface Job {
  readonly script: string
  /** The random text in the script's frame marks. */
  readonly nonce: string
  /** Names of all probes, so that those a cut stream never reached are known as such. */
  readonly probes: readonly string[]
}

/** Is told, while a host still answers, of all answers that have come whole so far; they do not change any more. */
export type Watch = (settled: Readonly<Record<string, RawAnswer>>) => void

/** Brings the answers of one host. A host that says little still gives a capture. A run may watch on the way, or not. */
export type Run = (job: Job, watch?: Watch) => Promise<Capture>

/**
 * All that the plugins and the collector itself want to know of a host, each distinct probe once.
 *
 * @throws {PluginError} where two plugins mean different things by one probe name
 */
export function prepare(plugins: readonly Plugin[], options: Omit<ScriptOptions, 'nonce'> = {}): Job {
  const probes = probesOf(plugins)
  const nonce = randomBytes(16).toString('hex')
  return { script: buildScript(probes, { ...options, nonce }), nonce, probes: Object.keys(probes) }
}

/** The probes of the plugins and of the collector itself. */
export function probesOf(plugins: readonly Plugin[]): Probes {
  return mergeProbes([['the collector', EVIDENCE_PROBES], ...plugins.map((one) => [one.name, one.probes] as const)])
}
