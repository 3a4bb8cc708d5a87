import type { Section } from '../cmdb-api/contract.ts'
import type { RawAnswer } from '../plugins/answer.ts'
import type { Plugin } from '../plugins/define.ts'
import type { Parsed } from '../plugins/evaluate.ts'
import type { Capture } from '../plugins/frames.ts'

export interface MemoLimits {
  /** Sections that are remembered. */
  readonly entries: number
  /** Characters of their answers, which are remembered with them; in memory a section takes several times its answers. */
  readonly characters: number
}

interface Remembered {
  readonly shape: string
  readonly answers: readonly (RawAnswer | undefined)[]
  readonly parsed: Parsed
  readonly characters: number
}

/** Most answers of one shape. Others may differ in a serial number: looking through all of them would cost more than to parse. */
const ALIKE = 8

/**
 * Remembers what answers were parsed to, and what became of it. A fleet shares most of its answers, for its hosts are made of the same image,
 * and `parse` is pure: a software list that a hundred hosts share is parsed, sorted, digested and written as text once. Bounded: what was not
 * asked for longest is forgotten.
 */
export class SectionMemo {
  readonly #limits: MemoLimits
  /** What was asked for last comes last. */
  readonly #parsed = new Set<Remembered>()
  /** The same by shape; what was asked for last comes first. */
  readonly #alike = new Map<string, Remembered[]>()
  readonly #sealed = new WeakMap<Parsed, { readonly plugin: Plugin; readonly section: Section }>()
  readonly #json = new WeakMap<Section, Uint8Array>()
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
    const answers = Object.keys(plugin.probes).map((name) => capture.probes[name])
    const shape = shapeOf(plugin, capture, answers)
    const alike = this.#alike.get(shape) ?? []
    const known = alike.find((one) => one.answers.every((answer, index) => isSame(answer, answers[index])))
    if (known !== undefined) {
      this.#forget(known)
      this.#remember(known)
      return known.parsed
    }
    if (alike.length >= ALIKE) this.#forget(alike.at(-1)!)
    const characters = answers.reduce((sum, answer) => sum + (answer === undefined ? 0 : answer.stdout.length + answer.stderr.length), 0)
    const parsed = frozen(parse())
    this.#remember({ shape, answers, parsed, characters })
    for (const oldest of this.#parsed) {
      if (this.#parsed.size <= this.#limits.entries && this.#characters <= this.#limits.characters) break
      this.#forget(oldest)
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

  /** A section's data as JSON in UTF-8, in memory that another thread is given instead of a copy. */
  jsonOf(section: Section): Uint8Array {
    const json = this.#json.get(section) ?? shared(JSON.stringify(section.data))
    this.#json.set(section, json)
    return json
  }

  #remember(one: Remembered): void {
    this.#parsed.add(one)
    this.#alike.set(one.shape, [one, ...(this.#alike.get(one.shape) ?? [])])
    this.#characters += one.characters
  }

  #forget(one: Remembered): void {
    this.#parsed.delete(one)
    const others = (this.#alike.get(one.shape) ?? []).filter((other) => other !== one)
    if (others.length > 0) this.#alike.set(one.shape, others)
    else this.#alike.delete(one.shape)
    this.#characters -= one.characters
  }
}

/** What is quickly told apart: which answers there are, and how long. */
function shapeOf({ name }: Plugin, { complete }: Capture, answers: readonly (RawAnswer | undefined)[]): string {
  const parts = answers.map((answer) => (answer === undefined ? '-' : `${answer.exit} ${answer.stdout.length}`))
  return `${name} ${complete} ${parts.join(' ')}`
}

/** In all that `parse` is given. The texts themselves are compared: what one host says must never be taken for what another said. */
function isSame(a: RawAnswer | undefined, b: RawAnswer | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.exit === b.exit && a.stdout === b.stdout && a.stderr === b.stderr)
}

function shared(text: string): Uint8Array {
  const bytes = Buffer.from(new SharedArrayBuffer(Buffer.byteLength(text)))
  bytes.write(text)
  return bytes
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) frozen(part)
  return value
}
