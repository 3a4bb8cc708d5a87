import { hash } from 'node:crypto'
import type { Report, Section } from '../cmdb-api/contract.ts'
import type { Plugin } from '../plugins/define.ts'
import { answersOf, type Parsed } from '../plugins/evaluate.ts'
import type { Capture } from '../plugins/frames.ts'

export interface MemoLimits {
  /** Sections that are remembered. */
  readonly entries: number
  /** Characters of answers behind them; in memory a section takes several times its answers. */
  readonly characters: number
}

interface Remembered {
  readonly parsed: Parsed
  readonly characters: number
}

/**
 * Remembers what answers were parsed to, and what became of it. A fleet shares most of its answers, for its hosts are made of the same image,
 * and `parse` is pure: a software list that a hundred hosts share is parsed, sorted, digested and written as text once. Bounded: what was not
 * asked for longest is forgotten.
 */
export class SectionMemo {
  readonly #limits: MemoLimits
  readonly #parsed = new Map<string, Remembered>()
  readonly #sealed = new WeakMap<Parsed, { readonly plugin: Plugin; readonly section: Section }>()
  readonly #bytes = new WeakMap<Section, Uint8Array>()
  #characters = 0

  constructor(limits: MemoLimits = { entries: 2000, characters: 8 * 1024 * 1024 }) {
    this.#limits = limits
  }

  /** Sections that are remembered now. */
  get size(): number {
    return this.#parsed.size
  }

  /** What `parse` makes of a plugin's answers, or made of the same ones before. It is frozen: other hosts' reports hold it too. */
  parsed(plugin: Plugin, capture: Capture, parse: () => Parsed): Parsed {
    const { key, characters } = keyOf(plugin, capture)
    const known = this.#parsed.get(key)
    // Set anew, for a Map is in the order of its insertions.
    if (known !== undefined) this.#parsed.delete(key)
    const { parsed } = known ?? { parsed: frozen(parse()) }
    this.#parsed.set(key, { parsed, characters })
    if (known === undefined) this.#characters += characters
    for (const [oldest, { characters: freed }] of this.#parsed) {
      if (this.#parsed.size <= this.#limits.entries && this.#characters <= this.#limits.characters) break
      this.#parsed.delete(oldest)
      this.#characters -= freed
    }
    return parsed
  }

  /** The section that `seal` makes. A middleware that changed anything gives another object, which is sealed by itself. */
  sealed(plugin: Plugin, parsed: Parsed, seal: () => Section): Section {
    const known = this.#sealed.get(parsed)
    if (known?.plugin === plugin) return known.section
    const section = seal()
    this.#sealed.set(parsed, { plugin, section })
    return section
  }

  /** A report as JSON in UTF-8. */
  jsonOf({ sections, ...rest }: Report): Uint8Array<ArrayBuffer> {
    const parts = Object.entries(sections).flatMap(([name, section], index) => [
      utf8(`${index === 0 ? '' : ','}${JSON.stringify(name)}:`),
      this.#sectionJson(section),
    ])
    return joined([utf8(`${JSON.stringify(rest).slice(0, -1)},"sections":{`), ...parts, utf8('}}')])
  }

  #sectionJson(section: Section): Uint8Array {
    const json = this.#bytes.get(section) ?? utf8(JSON.stringify(section))
    this.#bytes.set(section, json)
    return json
  }
}

/**
 * Of all that `parse` is given. Lengths keep texts apart, and the hash is one that nobody can find a second text for: what one host says must
 * never be taken for what another said.
 */
function keyOf(plugin: Plugin, capture: Capture): { readonly key: string; readonly characters: number } {
  const parts = Object.entries(answersOf(plugin.probes, capture)).map(([name, answer]) => {
    const text = answer.status === 'ok' ? answer.text : answer.reason
    return `${name} ${answer.status} ${text.length}\n${text}`
  })
  const all = parts.join('\n')
  return { key: `${plugin.name} ${hash('sha256', all, 'base64')}`, characters: all.length }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** In memory of its own, so that it can be moved to another thread. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) frozen(part)
  return value
}
