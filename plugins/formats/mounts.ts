import { ParseError } from '../errors.ts'
import { lines } from './text.ts'

/** One mount, in the order in which the kernel lists them: a later one hides an earlier one at the same place. */
export interface Mount {
  /** `8:1`, or `0:35` where no block device is below; null where the text does not say. */
  readonly number: string | null
  /** The folder of the file system that is mounted: other than `/` for a bind mount or a subvolume. Null where the text does not say. */
  readonly root: string | null
  readonly mountPoint: string
  readonly type: string
  readonly source: string
  /** Options of the mount and of the file system, as the kernel spells them, with repetitions. */
  readonly options: readonly string[]
}

/**
 * Mounts of /proc/self/mountinfo (Linux 2.6.26), of /proc/mounts, or of mount(8), told by their first line.
 *
 * @throws {ParseError} on a text that is none of them
 */
export function mounts(text: string): Mount[] {
  const rows = lines(text)
  const found = rows.map((line) => fromMountinfo(line) ?? fromProgram(line) ?? fromMtab(line))
  if (rows.length > 0 && found.every((one) => one === null)) throw new ParseError('expected a table of mounts', rows[0]!)
  return found.filter((one) => one !== null)
}

/** Paths as they are: the kernel writes blanks and backslashes in octal. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`, proc(5). */
function fromMountinfo(line: string): Mount | null {
  const at = line.indexOf(' - ')
  const head = line.slice(0, at).split(' ')
  if (at === -1 || !/^\d+:\d+$/.test(head[2] ?? '')) return null
  const [, , number, root, mountPoint, own] = head
  const [type, source, shared] = line.slice(at + 3).split(' ')
  if (number === undefined || root === undefined || !mountPoint || type === undefined) return null
  const options = [...(own ?? '').split(','), ...(shared ?? '').split(',')]
  return { number, root: unescapeOctal(root), mountPoint: unescapeOctal(mountPoint), type, source: unescapeOctal(source ?? ''), options }
}

/** `/dev/sda1 on /boot type ext4 (rw,relatime)`, with a label in brackets behind it for `mount -l`. */
function fromProgram(line: string): Mount | null {
  const on = line.indexOf(' on /')
  const kind = line.lastIndexOf(' type ')
  if (on < 1 || kind < on) return null
  const [type, ...more] = line.slice(kind + ' type '.length).split(' (')
  const options = (more[0] ?? '').split(')')[0]!
  return {
    number: null,
    root: null,
    mountPoint: line.slice(on + ' on '.length, kind),
    type: type!,
    source: line.slice(0, on),
    options: options.split(','),
  }
}

/** `/dev/sda1 /boot ext4 rw,relatime 0 0`, fstab(5). */
function fromMtab(line: string): Mount | null {
  const words = line.trim().split(' ')
  const tail = words.slice(-4)
  // Older recordings hold mount points with blanks as they are.
  const mountPoint = words.slice(1, -4).join(' ')
  if (words.length < 6 || !mountPoint.startsWith('/') || !/^\d+ \d+$/.test(tail.slice(2).join(' '))) return null
  const [type, options] = tail
  return {
    number: null,
    root: null,
    mountPoint: unescapeOctal(mountPoint),
    type: type!,
    source: unescapeOctal(words[0]!),
    options: options!.split(','),
  }
}
