import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import { HostListError, type Origin } from './errors.ts'

/** What a YAML document says, with the lines where it says so. */
export type YamlNode = YamlText | YamlList | YamlMap

export interface YamlText {
  readonly is: 'text'
  readonly origin: Origin
  /** As written, so that `yes` and `022` stay what they are to each reader; null of nothing and of `~`. */
  readonly text: string | null
}

export interface YamlList {
  readonly is: 'list'
  readonly origin: Origin
  readonly items: readonly YamlNode[]
}

export interface YamlMap {
  readonly is: 'map'
  readonly origin: Origin
  readonly entries: ReadonlyMap<string, { readonly origin: Origin; readonly value: YamlNode }>
}

/** Aliases can make a small file stand for a huge one. */
const MOST_NODES = 5_000_000
const MOST_DEPTH = 200

/**
 * One YAML document (JSON too).
 *
 * @throws {HostListError}
 */
export function readYaml(text: string, file: string): YamlNode {
  const lines = new LineCounter()
  const fail = (message: string, at = 0, cause?: unknown): HostListError =>
    new HostListError([{ origin: { file, line: Math.max(1, lines.linePos(at).line) }, message }], { cause })
  let document: Document.Parsed
  try {
    document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', prettyErrors: false })
  } catch (cause) {
    // A text of nothing but brackets is deeper than the stack.
    throw fail(`cannot be read as YAML: ${cause instanceof Error ? cause.message : String(cause)}`, 0, cause)
  }
  const [first] = document.errors
  if (first !== undefined) throw fail(first.message, first.pos[0], first)
  let nodes = 0

  return nodeOf(document.contents, 0, 0)

  function nodeOf(given: unknown, before: number, depth: number): YamlNode {
    const node = isAlias(given) ? given.resolve(document) : given
    const at = rangeOf(given) ?? before
    if (++nodes > MOST_NODES || depth > MOST_DEPTH) throw fail('aliases make this document too large', at)
    const origin = { file, line: Math.max(1, lines.linePos(at).line) }
    if (isScalar(node)) return { is: 'text', origin, text: scalarText(node.value, node.source) }
    if (isSeq(node)) return { is: 'list', origin, items: node.items.map((item) => nodeOf(item, at, depth + 1)) }
    if (!isMap(node)) return { is: 'text', origin, text: null }
    const entries = new Map<string, { readonly origin: Origin; readonly value: YamlNode }>()
    const merged: YamlNode[] = []
    for (const { key, value } of node.items.filter(isPair)) {
      const name = nodeOf(key, at, depth + 1)
      if (name.is !== 'text') throw fail('a key must be a plain text', rangeOf(key) ?? at)
      const found = nodeOf(value, rangeOf(key) ?? at, depth + 1)
      if (name.text === '<<') merged.push(...(found.is === 'list' ? found.items : [found]))
      else entries.set(name.text ?? '', { origin: name.origin, value: found })
    }
    // What a mapping says itself goes before what it takes over by `<<`.
    for (const one of merged)
      if (one.is === 'map') for (const [name, entry] of one.entries) if (!entries.has(name)) entries.set(name, entry)
    return { is: 'map', origin, entries }
  }
}

/** A value as text, where it is one. */
export function plainText(node: YamlNode | undefined): string | null {
  return node?.is === 'text' ? node.text : null
}

function scalarText(value: unknown, source: string | undefined): string | null {
  return value === null || value === undefined ? null : typeof value === 'string' ? value : (source ?? JSON.stringify(value) ?? '')
}

function rangeOf(node: unknown): number | null {
  return isScalar(node) || isSeq(node) || isMap(node) || isAlias(node) ? (node.range?.[0] ?? null) : null
}
