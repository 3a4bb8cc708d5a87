import { ParseError } from '../errors.ts'
import { integerOrNull, lines } from './text.ts'

/** One row of df; sizes in bytes, null where df shows a hyphen. */
export interface DfRow {
  readonly device: string
  readonly mountPoint: string
  readonly sizeBytes: number | null
  readonly usedBytes: number | null
  readonly freeBytes: number | null
  /** Null without `-T`. */
  readonly type: string | null
}

/**
 * Rows of df, with or without `-P`, `-T`, `-k`, `-B1`; a device too long for its column may stand on a line of its own.
 * Sizes that are rounded (`-h`) or in units that nobody knows are null; `df -i` has no row.
 *
 * @throws {ParseError} on a text without df's heading
 */
export function dfRows(text: string): DfRow[] {
  const [heading, ...rows] = lines(text)
  const match = /^Filesystem\s+(Type\s+)?(\S+)\s/.exec(heading ?? '')
  if (match === null) throw new ParseError('expected the heading of df', heading ?? '')
  const unit = unitBytes(match[2]!)
  if (match[2] === 'Inodes') return []
  const typed = match[1] !== undefined
  const found: DfRow[] = []
  let before = ''
  for (const row of rows) {
    const words = `${before} ${row}`.trim().split(/\s+/)
    if (words.length < (typed ? 7 : 6)) {
      before = words.length === 1 ? row : ''
      continue
    }
    before = ''
    const at = firstFigure(words)
    if (at === -1 || at + 4 === words.length) continue
    const size = (value: string | undefined): number | null => {
      const blocks = integerOrNull(value)
      return blocks === null || unit === null || blocks < 0 || blocks > Number.MAX_SAFE_INTEGER / unit ? null : blocks * unit
    }
    found.push({
      device: words.slice(0, typed ? at - 1 : at).join(' '),
      mountPoint: words.slice(at + 4).join(' '),
      sizeBytes: size(words[at]),
      usedBytes: size(words[at + 1]),
      freeBytes: size(words[at + 2]),
      type: typed ? words[at - 1]! : null,
    })
  }
  return found
}

/** Where the four figures begin: devices may hold blanks. */
function firstFigure(words: readonly string[]): number {
  return words.findIndex(
    (_, at) =>
      at > 0 &&
      words.slice(at, at + 3).every((word) => /^(?:-?\d+(?:[.,]\d)?[KMGTPE]?|-)$/.test(word)) &&
      /^(?:\d+%|-)$/.test(words[at + 3] ?? ''),
  )
}

function unitBytes(heading: string): number | null {
  const match = /^(\d{1,7})(K|M)?B?-blocks$/.exec(heading)
  if (match === null) return null
  const scale = match[2] === 'K' ? 1024 : match[2] === 'M' ? 1024 ** 2 : 1
  return Number(match[1]) * scale || null
}
