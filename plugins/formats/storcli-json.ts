import { isRecord } from './json.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The JSON texts in an output, of which each begins at the start of a line. */
export function documents(text: string): unknown[] {
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
