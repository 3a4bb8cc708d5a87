/**
 * A copy that holds nothing but plain data: settings cross threads and are compared, so functions, dates and class instances have no place.
 *
 * @throws {TypeError} naming the path of the first value that is something else
 */
export function plain(value: unknown, path = 'settings', above: readonly object[] = []): unknown {
  if (value === null || value === undefined || ['string', 'boolean'].includes(typeof value)) return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value !== 'object')
    throw new TypeError(`${path} is ${kindOf(value)}: settings are plain data, with plugins and middleware by name`)
  if (above.includes(value)) throw new TypeError(`${path} holds itself`)
  const line = [...above, value]
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}[${index}]`, line))
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object of another realm, or of JSON, has an Object.prototype of its own, whose prototype is null.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError(`${path} is ${kindOf(value)}: settings are plain data`)
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, `${path}.${key}`, line)]))
}

function kindOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `an instance of ${value.constructor.name}`
  return typeof value === 'number' ? String(value) : `a ${typeof value}`
}
