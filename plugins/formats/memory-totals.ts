import { ParseError } from '../errors.ts'
import { bytesOrNull, integerOrNull, lines, pathValues } from './text.ts'

export interface MemoryTotals {
  readonly totalBytes: number | null
  readonly availableBytes: number | null
  readonly swapBytes: number | null
}

/**
 * /proc/meminfo. MemAvailable is there since Linux 3.14.
 *
 * @throws {ParseError} on a text without MemTotal
 */
export function meminfoTotals(text: string): MemoryTotals {
  const bytes = (name: string): number | null => bytesOrNull(lineOf(text, name))
  return known(text, { totalBytes: bytes('MemTotal'), availableBytes: bytes('MemAvailable'), swapBytes: bytes('SwapTotal') })
}

/**
 * `free`, in units of 1024 bytes, in bytes (`-b`), or rounded with their unit behind them (`-h`). Null for `free -m` and `-g`, whose units are not
 * told.
 *
 * @throws {ParseError} on a text without a total
 */
export function freeTotals(text: string): MemoryTotals | null {
  const columns = (lines(text)[0] ?? '').trim().split(/\s+/, 20)
  const cells = (name: string): string[] => lineOf(text, name)?.split(/\s+/, 20) ?? []
  const scale = scaleOf(cells('Mem'))
  if (scale === null) return null
  const bytes = (name: string, column: string): number | null => {
    const cell = cells(name)[columns.indexOf(column)]?.replace(',', '.')
    const number = integerOrNull(cell)
    if (number === null) return bytesOrNull(cell)
    return number < 0 || !Number.isSafeInteger(number * scale) ? null : number * scale
  }
  return known(text, {
    totalBytes: bytes('Mem', 'total'),
    availableBytes: bytes('Mem', 'available'),
    swapBytes: bytes('Swap', 'total'),
  })
}

/**
 * Bytes in the unit of the figures; null where it cannot be told. The kernel counts pages of 4 KiB or a multiple of it, so that bytes are multiples
 * of 4096, and units of 1024 bytes multiples of 4. Larger units are neither, or there would be less memory than any Linux starts with.
 */
function scaleOf(cells: readonly string[]): number | null {
  const total = integerOrNull(cells[0])
  // "15Gi" has a unit of its own.
  if (total === null) return 1
  const figures = cells.map(integerOrNull).filter((figure) => figure !== null)
  if (total < LEAST_KIB || figures.some((figure) => figure % 4 !== 0)) return null
  return total >= LEAST_KIB * 1024 && figures.every((figure) => figure % 4096 === 0) ? 1 : 1024
}

const LEAST_KIB = 8192

function known(text: string, totals: MemoryTotals): MemoryTotals {
  if (totals.totalBytes === null) throw new ParseError('expected the total memory', text)
  return totals
}

export interface MemoryBlocks {
  readonly onlineBytes: number | null
  readonly offlineBytes: number | null
}

/** The probe `memory-blocks`: size of a block in hex, number of blocks, and how many of them are online. */
export function countedBlocks(text: string): MemoryBlocks {
  const [size, all, online] = text.trim().split(/\s+/, 3)
  return inBytes(size, integerOrNull(all), integerOrNull(online))
}

/** /sys/devices/system/memory as `path:value` lines. */
export function listedBlocks(text: string): MemoryBlocks {
  const values = pathValues(text)
  const states = [...values].flatMap(([path, value]) => (/\/memory\d+\/state$/.test(path) ? [value] : []))
  const size = [...values].find(([path]) => path.endsWith('/block_size_bytes'))?.[1]
  return inBytes(size, states.length, states.filter((state) => state === 'online').length)
}

function inBytes(hexSize: string | undefined, all: number | null, online: number | null): MemoryBlocks {
  const size = /^[0-9a-f]{1,12}$/i.test(hexSize ?? '') ? Number.parseInt(hexSize!, 16) : 0
  if (size === 0 || all === null || online === null || online < 0 || all < 1 || online > all || all > 1e6)
    return { onlineBytes: null, offlineBytes: null }
  return { onlineBytes: size * online, offlineBytes: size * (all - online) }
}

/** What follows `name:` on the first line that begins so. */
function lineOf(text: string, name: string): string | undefined {
  const start = `\n${text}`.indexOf(`\n${name}:`)
  if (start === -1) return undefined
  const end = text.indexOf('\n', start)
  return text.slice(start + name.length + 1, end === -1 ? undefined : end).trim()
}
