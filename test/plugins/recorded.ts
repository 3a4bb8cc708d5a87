import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readFolder } from '../../plugins/capture.ts'
import type { Plugin } from '../../plugins/define.ts'
import type { Section } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import { BUILTINS } from '../../plugins/index.ts'

export const FIXTURES = join(import.meta.dirname, '../fixtures')

/** A fixture: what one host answered to one plugin. */
export interface Recorded {
  readonly name: string
  readonly folder: string
  readonly capture: Capture
}

export async function builtinPlugins(): Promise<Plugin[]> {
  return await Promise.all(Object.values(BUILTINS).map(async (load) => (await load()).default))
}

/** The fixtures of a plugin, by name. */
export function recordedOf(plugin: string): Recorded[] {
  const folder = join(FIXTURES, plugin)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({ name, folder: join(folder, name), capture: readFolder(join(folder, name)) }))
}

/** What `expected.json` keeps of a section: all but the digest, which follows from the data. */
export function goldenOf(section: Section): object {
  if (section.status !== 'ok') return section
  const { status, version, data, volatile, reason } = section
  return { status, version, data, ...(volatile && { volatile }), ...(reason !== undefined && { reason }) }
}
