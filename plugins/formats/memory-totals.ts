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
 * `free`, in its own unit of 1024 bytes; nobody could tell the units of `free -m`.
 *
 * @throws {ParseError} on a text without a total
 */
export function freeTotals(text: string): MemoryTotals {
  const columns = (lines(text)[0] ?? '').trim().split(/\s+/)
  const kilobytes = (name: string, column: string): number | null => {
    const cells = lineOf(text, name)?.split(/\s+/) ?? []
    const number = integerOrNull(cells[columns.indexOf(column)])
    return number === null || number < 0 ? null : number * 1024
  }
  return known(text, {
    totalBytes: kilobytes('Mem', 'total'),
    availableBytes: kilobytes('Mem', 'available'),
    swapBytes: kilobytes('Swap', 'total'),
  })
}

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
