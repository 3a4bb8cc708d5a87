/**
 * Text as a database can keep it and a person can read it: no NUL (PostgreSQL refuses it in text), no half surrogate pairs. Everything else
 * that a host said stays; whoever shows it escapes it.
 */
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [cleanText(key), clean(one)]))
  return value
}

/** `value` itself where nothing had to be cleaned, so that its digest holds for the result too. */
export function cleanDocument<T extends object>(value: T): T {
  const text = JSON.stringify(value)
  // Inside JSON text, NUL and lone surrogates stand escaped.
  return /\\u0000|\\ud[89a-f]/i.test(text) ? (clean(value) as T) : value
}

function cleanText(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').toWellFormed()
}
