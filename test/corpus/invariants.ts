import type { Plugin } from '../../plugins/define.ts'
import { labelItems, type Fields, type Keys } from '../../plugins/items.ts'
import { isPlaceholder } from '../../plugins/formats/text.ts'

/** Fields in which a maker's way of saying nothing must never be shown as a fact. */
const NAMING = /serial|uuid|vendor|manufacturer|model|product|partNumber|assetTag|firmware|biosVersion|biosDate/i

const FORMS: readonly (readonly [field: RegExp, value: RegExp])[] = [
  [/^(?:permanent)?mac$/i, /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/],
  // The second spelling is that of mdadm.
  [/uuid$/i, /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}(?::[0-9a-f]{8}){3})$/],
]

/** What no text on earth may make a plugin say. */
export function brokenInvariants(plugin: Plugin, section: Fields): string[] {
  const broken = flatBroken('', section)
  for (const [field, value] of Object.entries(section)) {
    if (!isItems(value)) continue
    for (const item of value) broken.push(...flatBroken(`${field}.`, item))
    const keys = (plugin.keys as Record<string, Keys>)[field]
    if (keys === undefined) broken.push(`${field}: a list without keys`)
    else if (labelItems(value, keys).includes('?')) broken.push(`${field}: an item has no known key`)
    if (new Set(value.map((item) => JSON.stringify(item))).size < value.length) broken.push(`${field}: one item twice`)
    broken.push(...twice(field, value, 'slot'))
  }
  return broken
}

function flatBroken(prefix: string, fields: Fields): string[] {
  const broken: string[] = []
  for (const [field, value] of Object.entries(fields)) {
    if (typeof value === 'string') {
      if (NAMING.test(field) && isPlaceholder(value)) broken.push(`${prefix}${field}: placeholder ${JSON.stringify(value)}`)
      for (const [name, form] of FORMS) {
        if (name.test(field) && !form.test(value)) broken.push(`${prefix}${field}: malformed ${JSON.stringify(value)}`)
      }
    } else if (typeof value === 'number' && !(value >= 0)) broken.push(`${prefix}${field}: ${value}`)
    else if (/^sizeBytes$/.test(field) && value === 0) broken.push(`${prefix}${field}: nothing of that size exists`)
  }
  return [...broken, ...counts(prefix, fields)]
}

function counts(prefix: string, { sockets, cores, threads }: Fields): string[] {
  const broken: string[] = []
  if (typeof cores === 'number' && typeof threads === 'number' && cores > threads)
    broken.push(`${prefix}cores ${cores} > threads ${threads}`)
  if (typeof sockets === 'number' && typeof cores === 'number' && sockets > cores)
    broken.push(`${prefix}sockets ${sockets} > cores ${cores}`)
  for (const [field, value] of Object.entries({ sockets, cores, threads })) if (value === 0) broken.push(`${prefix}${field} 0`)
  return broken
}

function twice(list: string, items: readonly Fields[], field: string): string[] {
  const values = items.map((item) => item[field]).filter((value) => typeof value === 'string')
  return values.filter((value, index) => values.indexOf(value) !== index).map((value) => `${list}.${field}: ${value} twice`)
}

function isItems(value: unknown): value is Fields[] {
  return Array.isArray(value) && typeof value[0] === 'object' && value[0] !== null
}
