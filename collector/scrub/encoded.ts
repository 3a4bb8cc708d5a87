import { bytesOf, textOf } from './addresses.ts'
import type { Replace } from './replace.ts'

/** Addresses in the kernel's hex, words of 32 bits in the host's byte order, as /proc/net/tcp and /proc/net/route have them. */
export function scrubHexAddresses(text: string, isBigEndian: boolean, replace: Replace): string {
  const ordered = (bytes: Buffer): Buffer => (isBigEndian ? bytes : Buffer.from(bytes).swap32())
  return text.replace(/(?<![\w:])(?:[0-9A-F]{32}|[0-9A-F]{8})(?![0-9A-Fa-f])/g, (found) => {
    const address = textOf(ordered(Buffer.from(found, 'hex')))
    return ordered(bytesOf(replace(address)))
      .toString('hex')
      .toUpperCase()
  })
}

/**
 * Pages that the kernel keeps of SCSI and ATA disks, as the probe `sysfs-block-vpd` prints them. In IDENTIFY DEVICE data texts lie in words of
 * two bytes, the second one first; the words of the WWN are bytes, of which some can be read.
 */
export function scrubVpd(text: string, replace: Replace): string {
  return text
    .split(/(?===> )/)
    .map((page) => {
      const start = page.indexOf(' <==?') + ' <==?'.length + IDENTIFY
      if (!page.includes('/vpd_pg89 ') || page.length < start) return replace(page)
      const swapped = page.slice(start).replace(/(.)(.)/gs, '$2$1')
      const known = replace(swapped).padEnd(swapped.length).slice(0, swapped.length)
      const cleared =
        known.slice(0, 2 * WWN[0]) + '?'.repeat(Math.max(0, Math.min(known.length, 2 * WWN[1]) - 2 * WWN[0])) + known.slice(2 * WWN[1])
      return replace(page.slice(0, start)) + cleared.replace(/(.)(.)/gs, '$2$1')
    })
    .join('')
}

/** Offset of the IDENTIFY DEVICE data in the page (SAT-3, 12.4.2), and its words of the WWN (ACS-3, A.11). */
const IDENTIFY = 60
const WWN = [108, 112] as const
