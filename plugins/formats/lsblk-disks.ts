import { isDiskName, type DiskView } from './disk-view.ts'
import { lsblkRows, type LsblkRow } from './lsblk.ts'
import { bytesOrNull, integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/**
 * Whole disks among the rows of lsblk, each once: in a tree, a disk below two devices is printed twice.
 *
 * @throws {ParseError} on a text that lsblk did not print
 */
export function lsblkDisks(text: string): Partial<DiskView>[] {
  const disks = new Map<string, Partial<DiskView>>()
  for (const row of lsblkRows(text)) {
    const name = (row.get('kname') ?? row.get('name') ?? '').replace(/^\/dev\//, '').replaceAll('!', '/')
    if (name !== '' && !disks.has(name) && isDisk(row, name)) disks.set(name, disk(row, name))
  }
  return [...disks.values()]
}

function isDisk(row: LsblkRow, name: string): boolean {
  const type = row.get('type')
  if (type !== undefined) return type === 'disk' && isDiskName(name)
  return isDiskName(name) && !/^x?[hsv]d[a-z]+\d+$|^dasd[a-z]+\d+$|\dp\d+$/.test(name)
}

function disk(row: LsblkRow, name: string): Partial<DiskView> {
  const tran = textOrNull(row.get('tran'))
  const vendor = textOrNull(row.get('vendor'))
  const rota = row.get('rota')
  const removable = row.get('rm')
  return {
    name,
    wwn: wwnOrNull(row.get('wwn')),
    serial: textOrNull(row.get('serial')),
    vendor: vendor === 'ATA' || vendor?.startsWith('0x') ? null : vendor,
    model: textOrNull(row.get('model')?.replace(/ +/g, ' ')),
    firmware: textOrNull(row.get('rev')),
    // Bytes with -b; otherwise rounded to one figure behind the point.
    sizeBytes: (integerOrNull(row.get('size')) ?? bytesOrNull(row.get('size')?.replace(',', '.'))) || null,
    bus: tran ?? (name.startsWith('nvme') ? 'nvme' : name.startsWith('mmcblk') ? 'mmc' : /^vd[a-z]/.test(name) ? 'virtio' : null),
    protocol: tran === 'nvme' || name.startsWith('nvme') ? 'NVMe' : tran === 'sata' || tran === 'ata' ? 'ATA' : null,
    rotational: rota === undefined || /^vd[a-z]/.test(name) ? null : rota === '1',
    removable: removable === undefined ? null : removable === '1',
  }
}
