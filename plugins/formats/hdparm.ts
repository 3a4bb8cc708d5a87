import type { DiskView } from './disk-view.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/** Disks of `hdparm -I`, one or several: each begins with its device on a line of its own. */
export function hdparmDisks(text: string): Partial<DiskView>[] {
  return text
    .split(/^(?=\/dev\/\S+:$)/m)
    .map(oneDisk)
    .filter((disk) => disk !== null)
}

function oneDisk(text: string): Partial<DiskView> | null {
  const found = new Map<string, string>()
  for (const line of text.slice(0, 16_384).split('\n')) {
    const at = line.indexOf(':')
    if (at < 1) continue
    const name = line.slice(0, at).trim().replace(/ +/g, ' ').toLowerCase()
    if (!found.has(name)) found.set(name, line.slice(at + 1).trim())
  }
  const [model, serial] = [textOrNull(found.get('model number')), textOrNull(found.get('serial number'))]
  if (model === null && serial === null) return null
  const sectors = integerOrNull(found.get('lba48 user addressable sectors')) ?? integerOrNull(found.get('lba user addressable sectors'))
  const sectorBytes = integerOrNull(/^\d+/.exec(found.get('logical sector size') ?? found.get('logical/physical sector size') ?? '')?.[0])
  const rate = found.get('nominal media rotation rate') ?? ''
  const bytes = (sectors ?? 0) * (sectorBytes ?? 512)
  return {
    name: /^\/dev\/(\S+):/.exec(text)?.[1] ?? null,
    model: model?.replace(/ +/g, ' ') ?? null,
    serial,
    firmware: textOrNull(found.get('firmware revision')),
    sizeBytes: bytes > 0 && Number.isSafeInteger(bytes) ? bytes : null,
    wwn: wwnOrNull(found.get('logical unit wwn device identifier')),
    bus: /serial/i.test(found.get('transport') ?? '') ? 'sata' : 'ata',
    protocol: 'ATA',
    rotational: /solid state/i.test(rate) ? false : /^\d+$/.test(rate) ? true : null,
  }
}
