import { isRecord } from './json.ts'

export type Fields = Readonly<Record<string, unknown>>

/** What one controller answered to one command. */
export interface StorcliAnswer {
  /** Number of the controller. */
  readonly number: string
  readonly data: Fields
}

/** The answers in an output with `J`, in its order. */
export function jsonAnswers(text: string): StorcliAnswer[] {
  return documents(text).flatMap((document) => {
    const answers = isRecord(document) && Array.isArray(document['Controllers']) ? (document['Controllers'] as unknown[]) : []
    return answers.flatMap((answer) => {
      if (!isRecord(answer)) return []
      const [status, data] = [answer['Command Status'], answer['Response Data']]
      const number = isRecord(status) ? said(status['Controller']) : null
      return isRecord(data) && number !== null ? [{ number, data }] : []
    })
  })
}

/** The JSON texts in an output, of which each begins at the start of a line. */
function documents(text: string): unknown[] {
  return text.split(/(?=^\{\s{0,9}"Controllers")/m).flatMap((document) => {
    const [from, to] = [document.indexOf('{'), document.lastIndexOf('}')]
    if (from === -1 || to < from) return []
    try {
      return [JSON.parse(document.slice(from, to + 1)) as unknown]
    } catch {
      // A document that was cut: the others are whole.
      return []
    }
  })
}

export function part(data: Fields, name: string): Fields {
  const value = data[name]
  return isRecord(value) ? value : {}
}

export function rows(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** Text and numbers as text; versions differ in which is which. */
export function said(value: unknown): string | null {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : null
}

/** The first of several names that says anything; storcli 8 (storcli2) and the short `show` have names of their own. */
export function told(fields: Fields, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = said(fields[name])
    if (value !== null && value !== '') return value
  }
  return null
}
