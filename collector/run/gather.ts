export interface Gathering<T> {
  /** Most items of one piece of work. */
  readonly most: number
  /** Sum of `sizeOf` beyond which no more are gathered. */
  readonly mostSize: number
  readonly sizeOf: (item: T) => number
  /** How long the first item waits for others. */
  readonly waitMs: number
}

/** Turns single requests into work on several at once: those that come within a moment are done together, and share what comes of it. */
export function gather<T, R>(
  work: (items: readonly T[]) => Promise<R>,
  { most, mostSize, sizeOf, waitMs }: Gathering<T>,
): (item: T) => Promise<R> {
  let items: T[] = []
  let size = 0
  let timer: NodeJS.Timeout | undefined
  let next = Promise.withResolvers<R>()
  const begin = (): void => {
    clearTimeout(timer)
    const { resolve, reject } = next
    work(items).then(resolve, reject)
    items = []
    size = 0
    next = Promise.withResolvers<R>()
  }
  return (item) => {
    const { promise } = next
    size += sizeOf(item)
    if (items.push(item) === 1) timer = setTimeout(begin, waitMs)
    if (items.length >= most || size >= mostSize) begin()
    return promise
  }
}
