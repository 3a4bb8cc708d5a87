/** Below this, a clock and a collector of garbage say more than the parser. */
const FLOOR_MS = 30
/** Above this, nothing but the parser has a say. */
const ENOUGH_MS = 1000

/** Texts of any length in the forms that make parsers slow. */
export function shapes(seeds: readonly string[]): Record<string, (length: number) => string> {
  const lines = Object.fromEntries(
    seeds.flatMap((seed, index) => [
      [`recorded ${index}, again and again`, (length: number) => grown(seed, length, false)],
      [`recorded ${index}, numbered on`, (length: number) => grown(seed, length, true)],
    ]),
  )
  const runs = [' ', 'a', ':', '0', '"', '[', 'a ', 'a:', 'a=', '\t', '/a', '-', 'a\n', '\n', ' :\n', '"a":{']
  const plain = Object.fromEntries(
    runs.map((piece) => [`${JSON.stringify(piece)} only`, (length: number) => piece.repeat(Math.ceil(length / piece.length))] as const),
  )
  const tails = seeds.flatMap((seed, index) => {
    const first = seed.split('\n').find((line) => line.trim() !== '') ?? ''
    return [[`recorded ${index}, its first line without an end`, (length: number) => `${first}${' '.repeat(length)}x`] as const]
  })
  return { ...lines, ...plain, ...Object.fromEntries(tails) }
}

/**
 * How many times longer twice the text takes, measured at the least length that can be measured, below `most`; 1 for what is fast at any.
 * It is the mean of two doublings, for one may be the one at which an array outgrows a cache. Garbage is collected
 * when it suits, so a bad figure is measured again, and the best one counts.
 */
export function growthOf(parse: (text: string) => unknown, text: (length: number) => string, most: number): number {
  let length = 4 * 1024 // What is quadratic shows itself here already; at a megabyte it would take minutes.
  while (length < most / 4 && timed(parse, text(4 * length)) < FLOOR_MS) length *= 2
  for (; ; length *= 2) {
    const { growth, ms } = measured(parse, text(length), text(4 * length))
    if (ms < FLOOR_MS) return 1
    // Chance does not outlive a longer text; what grows too fast grows faster still.
    if (growth <= 2.4 || ms > ENOUGH_MS || 8 * length > most) return growth
  }
}

function measured(parse: (text: string) => unknown, once: string, fourfold: string): { growth: number; ms: number } {
  let [growth, ms] = [Infinity, Infinity]
  for (let attempt = 0; attempt < 6 && growth > 2.2 && ms > FLOOR_MS; attempt++) {
    ms = Math.min(timed(parse, fourfold), timed(parse, fourfold))
    growth = Math.min(growth, Math.sqrt(ms / Math.min(timed(parse, once), timed(parse, once), timed(parse, once))))
  }
  return { growth, ms }
}

/** Milliseconds of this thread's processor, whoever else wants it. */
function timed(parse: (text: string) => unknown, text: string): number {
  const start = process.threadCpuUsage()
  parse(text)
  const { user, system } = process.threadCpuUsage(start)
  return (user + system) / 1000
}

/** A recorded text repeated up to a length: its lines, or the items of the first list in JSON. */
export function grown(seed: string, length: number, numbered: boolean): string {
  if (/^\s*[[{]/.test(seed)) return grownJson(seed, length)
  const pieces: string[] = []
  for (let size = 0, copy = 0; size < length; copy++) {
    const piece = numbered ? numberedOn(seed, copy) : seed
    pieces.push(piece)
    size += piece.length
  }
  return pieces.join('')
}

/** Small numbers and those at the end of names, so that every copy has names of its own. */
function numberedOn(seed: string, copy: number): string {
  return seed.replace(/(?<=[A-Za-z_ ])\d{1,3}\b/g, (digits) => String(Number(digits) + copy * 7))
}

/** The first list in a JSON text with its items repeated. */
function grownJson(seed: string, length: number): string {
  let done = false
  const copies = Math.ceil(length / seed.length)
  try {
    return JSON.stringify(
      JSON.parse(seed, (_, value: unknown) => {
        if (done || !Array.isArray(value) || value.length === 0) return value
        done = true
        return Array.from({ length: copies }, (__, copy) => value.map((item) => renamed(item, copy))).flat()
      }),
    )
  } catch {
    return seed.repeat(copies)
  }
}

function renamed(item: unknown, copy: number): unknown {
  return JSON.parse(numberedOn(JSON.stringify(item), copy)) as unknown
}
