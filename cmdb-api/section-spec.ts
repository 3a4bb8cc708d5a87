import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Plugin } from '../plugins/define.ts'
import { keyLabels, sortItems, type Fields, type Item, type Keys } from '../plugins/items.ts'
import { cleanDocument } from './clean.ts'

/** What the API knows of one section, from its plugin. */
export interface SectionSpec {
  readonly name: string
  readonly plugin: Plugin
  readonly version: number
  readonly keys: Readonly<Record<string, Keys>>
  /** Why no data of a version can be taken, or null. */
  foreignVersion(version: number): string | null
  /** What does not fit, or null. Data of the version before may lack fields; a field that nobody knows never fits. */
  misfit(data: unknown): string | null
  /** Only what the plugin declares as volatile, and only scalars of it: the rest of what was sent is nobody's. */
  volatileOf(sent: Readonly<Record<string, unknown>>): Fields
  /** The items of one of its lists, in order, with the latest values that were sent for them. */
  overlay(list: string, items: readonly Item[], latest: Readonly<Record<string, Item>>): Item[]
}

type Json = Readonly<Record<string, unknown>>

/** Most items of one list: no host has as many, and whoever sends more wants to keep the API busy. */
const ITEMS = 100_000

const ajv = new Ajv2020({ allErrors: false, strict: true, keywords: ['source'] })

export function sectionSpec(plugin: Plugin): SectionSpec {
  let check: ValidateFunction | undefined
  const { keys } = plugin as { readonly keys: Readonly<Record<string, Keys>> }
  return {
    name: plugin.name,
    plugin,
    version: plugin.version,
    keys,
    foreignVersion(version) {
      if (version > plugin.version) return `version ${version} is of a newer collector: bring the API to the same version`
      if (version < plugin.version - 1) return `version ${version} is of a collector too old for this API: update the collector`
      return null
    },
    misfit(data) {
      check ??= ajv.compile(dataSchema(plugin))
      if (check(data)) return null
      const [error] = check.errors ?? []
      return `${error?.instancePath || 'data'} ${error?.message ?? 'does not fit'}`
    },
    volatileOf: (sent) => cleanDocument(volatileOf(plugin, sent)),
    overlay: (list, items, latest) => overlay(keys[list] ?? [], items, latest),
  }
}

/** The plugin's schema as it travels: without volatile fields, and with every other field optional, for the version before. */
function dataSchema(plugin: Plugin): Json {
  const volatile = new Set<string>(plugin.volatile)
  const properties = Object.entries(plugin.schema.properties)
    .filter(([field]) => !volatile.has(field))
    .map(([field, schema]) => [field, withoutVolatile(schema as Json, (one) => volatile.has(`${field}.${one}`))] as const)
  return { type: 'object', properties: Object.fromEntries(properties), additionalProperties: false }
}

function withoutVolatile(schema: Json, isVolatile: (field: string) => boolean): Json {
  const items = schema['items'] as Json | undefined
  const fields = items?.['properties'] as Record<string, Json> | undefined
  if (items === undefined || fields === undefined) return schema
  const kept = Object.fromEntries(Object.entries(fields).filter(([field]) => !isVolatile(field)))
  return { ...schema, maxItems: ITEMS, items: { type: 'object', properties: kept, additionalProperties: false } }
}

function volatileOf(plugin: Plugin, sent: Json): Fields {
  const kept: Record<string, unknown> = {}
  for (const path of plugin.volatile) {
    const [field, inner] = path.split('.') as [string, string?]
    const value = sent[field]
    if (inner === undefined) {
      if (isScalar(value)) kept[field] = value
    } else if (isObject(value)) {
      // A label is the sender's: without a prototype, "__proto__" is a word like any other.
      const list = (kept[field] ??= Object.create(null)) as Record<string, Record<string, unknown>>
      for (const [label, item] of Object.entries(value))
        if (isObject(item) && isScalar(item[inner])) (list[label] ??= {})[inner] = item[inner]
    }
  }
  return kept
}

/**
 * A collector labels an item by what it knew that time, the register by all that was ever known of it: where the labels differ, any key
 * will do that is one item's alone.
 */
function overlay(keys: Keys, items: readonly Item[], latest: Readonly<Record<string, Item>>): Item[] {
  const rows = sortItems(items, keys)
  const labels = new Set(rows.map(({ label }) => label))
  const holders = Map.groupBy(
    rows.flatMap(({ item }) => keyLabels(item, keys).map((label) => ({ label, item }))),
    ({ label }) => label,
  )
  return rows.map(({ label, item }) => {
    const others = keyLabels(item, keys).filter((one) => !labels.has(one) && holders.get(one)?.length === 1)
    const known = [label, ...others].find((one) => Object.hasOwn(latest, one))
    return known === undefined ? item : { ...item, ...latest[known] }
  })
}

function isScalar(value: unknown): boolean {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    (Array.isArray(value) && value.every((one) => typeof one === 'string'))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
