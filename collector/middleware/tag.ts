import { MiddlewareError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'

/** `['tag', { site: 'fra1' }]`: sets labels on every report. An inner middleware's label of the same name gives way. */
export function tag(options: unknown): Middleware {
  const labels = labelsIn(options)
  return async (host, next) => {
    const draft = await next(host)
    return { ...draft, labels: { ...draft.labels, ...labels } }
  }
}

function labelsIn(options: unknown): Record<string, string> {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new MiddlewareError("tag needs labels, as in ['tag', { site: 'fra1' }]")
  const labels: Record<string, string> = {}
  for (const [name, value] of Object.entries(options as Readonly<Record<string, unknown>>)) {
    // The API's bounds: a report whose labels it cannot take would be rejected as a whole.
    if (!/^[A-Za-z][\w.-]{0,63}$/.test(name))
      throw new MiddlewareError(`tag: ${JSON.stringify(name)} is no label: letters, digits, "_", "." and "-", beginning with a letter`)
    if (!['string', 'number', 'boolean'].includes(typeof value) || String(value).length > 256)
      throw new MiddlewareError(`tag: the label ${name} must be a text of at most 256 characters`)
    labels[name] = String(value)
  }
  if (Object.keys(labels).length > 64) throw new MiddlewareError('tag: at most 64 labels')
  return labels
}
