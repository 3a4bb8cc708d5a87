import { createHash } from 'node:crypto'
import type { Plugin } from '../plugins/define.ts'
import { parseSection, seal } from '../plugins/evaluate.ts'
import { evidenceOf } from '../plugins/evidence.ts'
import type { Capture } from '../plugins/frames.ts'
import { uuidV7 } from '../plugins/uuid.ts'
import type { Report, Section } from './contract.ts'
import type { CaptureHead } from './read-capture.ts'

/**
 * The report that an agent on the host would have made of the same answers, but for middleware. Its mode is `agent`, for it ran on the host, as
 * often as an agent, and with the cert of the agent that was or will be there: the count of reports and the ownership of sections go on.
 */
export function reportOfCapture(head: CaptureHead, capture: Capture, pluginOf: (name: string) => Plugin | undefined): Report {
  const { kind, evidence } = evidenceOf(capture)
  const { name, cert, asset, last, time, version } = head
  return {
    id: uuidV7(time, sameEachTime(head)),
    seq: Math.max(last + 1, time),
    collectedAt: new Date(time).toISOString(),
    collector: { version, mode: 'agent', name: evidence.hostname ?? name.slice(0, 256) },
    identity: { name, assetId: asset, kind, evidence: { ...evidence, cert } },
    labels: {},
    sections: Object.fromEntries(head.plugins.map((one) => [one, sectionOf(pluginOf(one), capture)])),
  }
}

function sectionOf(plugin: Plugin | undefined, capture: Capture): Section {
  return plugin === undefined ? UNKNOWN : seal(plugin, parseSection(plugin, capture))
}

const UNKNOWN: Section = { status: 'skipped', reason: 'this API has no plugin of that name; add it to "plugins" in the API\'s settings' }

/** A capture that is sent again, because its receipt was lost, is the same report. */
function sameEachTime({ cert, nonce }: CaptureHead): Uint8Array {
  return createHash('sha256').update(`${cert} ${nonce}`).digest()
}
