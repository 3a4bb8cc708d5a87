import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from '../../plugins/define.ts'
import { evaluate, keysOf, type Section } from '../../plugins/evaluate.ts'
import { BUILTINS } from '../../plugins/index.ts'
import { labelItems, type Fields } from '../../plugins/items.ts'
import { captureOf, casesOf, type Case } from './cases.ts'
import type { Mapping, Verdict } from './compare.ts'
import { deviationOf } from './deviations.ts'
import { brokenInvariants } from './invariants.ts'

export const VERDICTS = ['agreeing', 'deliberate', 'wrong', 'unsupported'] as const

export interface Judged extends Verdict {
  readonly kind: (typeof VERDICTS)[number]
}

/** What one case showed of one plugin. */
export interface Measured {
  readonly plugin: string
  readonly source: string
  readonly name: string
  readonly values: readonly Judged[]
  /** Why the section is `failed`, and the laws that it breaks. */
  readonly failures: readonly string[]
}

/** Runs every case of a plugin through it, and compares where the case asserts something and the plugin has a mapping. */
export async function measure(dir: string, name: string, source?: string): Promise<Measured[]> {
  const plugin = await load(name)
  const mapping = await loadMapping(name)
  return casesOf(dir, name)
    .filter((one) => source === undefined || one.source === source)
    .map((one) => measureCase(one, plugin, mapping))
}

function measureCase(one: Case, plugin: Plugin, mapping: Mapping | null): Measured {
  const capture = captureOf(one, plugin)
  const section = evaluate(plugin, capture)
  const again = evaluate(plugin, capture)
  const failures = [
    ...(section.status === 'failed' ? [`failed: ${section.reason}`] : []),
    ...(JSON.stringify(section) === JSON.stringify(again) ? [] : ['not the same result twice']),
    ...(section.status === 'ok' ? brokenInvariants(plugin, whole(plugin, section) ?? {}) : []),
  ]
  const verdicts = one.expected === null || mapping === null ? [] : mapping(whole(plugin, section), one.expected)
  const values = verdicts.map((value): Judged => ({ ...value, kind: kindOf(plugin.name, one.source, value) }))
  return { plugin: plugin.name, source: one.source, name: one.name, values, failures }
}

function kindOf(plugin: string, source: string, value: Verdict): Judged['kind'] {
  if (value.equal) return 'agreeing'
  if (value.unsupported === true) return 'unsupported'
  return deviationOf(plugin, source, value) === null ? 'wrong' : 'deliberate'
}

/** A section with its volatile fields in place again, as `parse` gave it; null where it is not ok. */
function whole(plugin: Plugin, section: Section): Record<string, unknown> | null {
  if (section.status !== 'ok') return null
  const fields: Record<string, unknown> = { ...section.data }
  for (const [field, value] of Object.entries(section.volatile ?? {})) {
    const keys = keysOf(plugin, field)
    if (keys === undefined) fields[field] = value
    else {
      // Volatile values of a list lie under their item's label; `evaluate` lays both apart.
      const items = section.data[field] as Fields[]
      const live = value as Record<string, Fields>
      const labels = labelItems(items, keys)
      fields[field] = items.map((item, index) => ({ ...item, ...live[labels[index]!] }))
    }
  }
  return fields
}

async function load(name: string): Promise<Plugin> {
  return (await BUILTINS[name]!()).default
}

async function loadMapping(name: string): Promise<Mapping | null> {
  const file = join(import.meta.dirname, `${name}.ts`)
  if (!existsSync(file)) return null
  return ((await import(file)) as { readonly default: Mapping }).default
}
