import { folded } from './raid-words.ts'

/** What a disk says of itself. */
interface Inquiry {
  readonly vendor: string | null
  readonly model: string | null
  readonly firmware: string | null
  readonly serial: string | null
}

/**
 * `Inquiry Data` of MegaCli, whose columns have fixed widths and no gaps: of a SCSI disk vendor (8), product (16), revision (4) and serial
 * number; of an ATA disk serial number (20), model (40) and firmware (8), as in its IDENTIFY data.
 */
export function inquiryOf(line: string, isAta: boolean): Inquiry {
  const column = (from: number, to?: number): string | null => folded(line.slice(from, to))
  // Firmware that translates ATA to SCSI itself names ATA as the vendor.
  if (!isAta || line.startsWith('ATA     ')) {
    const vendor = column(0, 8)
    return { vendor: vendor === 'ATA' ? null : vendor, model: column(8, 24), firmware: column(24, 28), serial: column(28, 48) }
  }
  return { vendor: null, model: column(20, 60), firmware: column(60, 68), serial: column(0, 20) }
}
