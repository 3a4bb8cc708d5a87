import { addressOf, busOf } from './device-path.ts'
import { isDiskName, overlay, type DiskView } from './disk-view.ts'
import { sysfsBlocks, vpdPages, type SysfsBlock, type VpdPages } from './sysfs-block.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { decodeUdev, udevDatabase, udevExport, type UdevDevice } from './udev.ts'
import { fromT10, wwnOrNull } from './wwn.ts'

/** Whole disks as the kernel and udev see them: udev knows an ATA disk's serial number and full model, of which sysfs has 16 letters. */
export function kernelDisks(sysfs: string, udev: string, vpd: string): DiskView[] {
  const known = udevDatabase(udev)
  const pages = vpdPages(vpd)
  const blocks = sysfsBlocks(sysfs)
  // With NVMe multipath the disk is virtual; the hidden path nvme0c1n1 tells where nvme0n1 is plugged in.
  const hidden = new Map(blocks.map((one) => [one.name.replace(/^(nvme\d+)c\d+/, '$1'), one.path]))
  return blocks
    .filter((one) => isDiskName(one.name) && !isEmptySlot(one) && one.block.get('hidden') !== '1')
    .map((one) => {
      const path = one.path.startsWith('/devices/virtual/') ? (hidden.get(one.name) ?? one.path) : one.path
      const number = one.block.get('dev')
      const device = number === undefined ? undefined : known.get(number)
      return overlay(
        device === undefined ? {} : udevDisk({ ...device, path, name: one.name }),
        vpdDisk(pages.get(one.path.replace(/\/block\/[^/]+$/, '')), one),
        sysfsDisk(one, path),
      )
    })
}

/** Whole disks of `udevadm info --export-db`. */
export function udevDisks(text: string): Partial<DiskView>[] {
  return udevExport(text)
    .filter(({ name, properties: of }) => isDiskName(name ?? '') && of.get('DEVTYPE') === 'disk' && !isOptical(of))
    .map(udevDisk)
}

function isOptical(of: ReadonlyMap<string, string>): boolean {
  return of.has('ID_CDROM') || /^(?:cd|optical)$/.test(of.get('ID_TYPE') ?? '')
}

/** What udev's properties say of a disk. */
function udevDisk({ path, name, properties: of }: UdevDevice): Partial<DiskView> {
  const attached = path === null ? null : busOf(path, name ?? '')
  const said = of.get('ID_BUS')
  const isAta = said === 'ata'
  // The rules for a disk behind a USB bridge may say "ata": that is what it speaks, not how it is attached.
  const bus =
    attached === 'usb' ? 'usb' : isAta ? (of.get('ID_ATA_SATA') === '1' ? 'sata' : 'ata') : attached === null ? (said ?? null) : attached
  const rpm = integerOrNull(of.get('ID_ATA_ROTATION_RATE_RPM'))
  return {
    name,
    wwn: wwnOrNull(of.get('ID_WWN_WITH_EXTENSION')) ?? wwnOrNull(of.get('ID_WWN')),
    serial: udevSerial(of),
    path: stablePath(of) ?? (path === null ? null : addressOf(path)),
    vendor: textOrNull(decodeUdev(of.get('ID_VENDOR_ENC')) ?? of.get('ID_VENDOR')),
    model: textOrNull(decodeUdev(of.get('ID_MODEL_ENC')) ?? of.get('ID_MODEL')?.replace(/ +/g, ' ') ?? of.get('ID_NAME')),
    firmware: textOrNull(of.get('ID_REVISION')),
    bus,
    protocol: isAta ? 'ATA' : protocolOf(bus),
    rotational: rpm === null ? null : rpm > 0,
  }
}

/** The serial number on the label: of a SCSI disk the unit serial number, for ID_SERIAL_SHORT repeats its WWN there. */
function udevSerial(of: ReadonlyMap<string, string>): string | null {
  const unit = of.get('ID_BUS') === 'scsi' ? (of.get('SCSI_IDENT_SERIAL') ?? of.get('ID_SCSI_SERIAL')) : undefined
  const short = textOrNull(unit) ?? textOrNull(of.get('ID_SERIAL_SHORT'))
  if (short !== null) return short
  // Alone where udev has no model to put before it: virtio, mmc.
  return of.has('ID_MODEL') ? null : textOrNull(of.get('ID_SERIAL'))
}

/** ID_PATH as older and newer udev would both say it: systemd 250 appends the ATA device number, 229 prefixed virtio devices. */
function stablePath(of: ReadonlyMap<string, string>): string | null {
  const path = of.get('ID_PATH_ATA_COMPAT') ?? of.get('ID_PATH')
  return textOrNull(path?.replace(/^virtio-pci-/, 'pci-'))
}

function vpdDisk(pages: VpdPages | undefined, { device }: SysfsBlock): Partial<DiskView> {
  if (pages === undefined) return {}
  const { serial, ata } = pages
  // Others than ATA disks may have that page too, such as a RAID controller's volume.
  if (ata === null || device.get('vendor')?.trim() !== 'ATA') return { serial: textOrNull(serial) }
  return { serial: textOrNull(ata.serial) ?? textOrNull(serial), model: textOrNull(ata.model), firmware: textOrNull(ata.firmware) }
}

function sysfsDisk({ name, block, device, port }: SysfsBlock, path: string): Partial<DiskView> {
  const wwid = block.get('wwid') ?? device.get('wwid')
  const t10 = fromT10(wwid)
  const bus = busOf(path, name)
  const sectors = integerOrNull(block.get('size'))
  const vendor = device.get('vendor')
  const rotational = block.get('queue/rotational')
  return {
    name,
    wwn: wwnOrNull(wwid),
    serial: textOrNull(t10?.serial ?? block.get('serial') ?? device.get('serial') ?? device.get('uid')),
    path: addressOf(path, port),
    // "ATA" is what the kernel's SCSI translation calls every ATA disk; a virtio or PCI id is no name either.
    vendor: vendor === undefined || vendor.trim() === 'ATA' || /^0x[0-9a-f]{4,8}\s*$/.test(vendor) ? null : textOrNull(vendor),
    model: textOrNull((t10?.model ?? device.get('model') ?? device.get('name'))?.replace(/ +/g, ' ')),
    firmware: textOrNull(device.get('firmware_rev') ?? device.get('rev') ?? device.get('fwrev')?.replace(/^0x0+$/, '')),
    // Always in units of 512 bytes, whatever the disk's own sectors are.
    sizeBytes: sectors === null || sectors <= 0 || sectors > Number.MAX_SAFE_INTEGER / 512 ? null : sectors * 512,
    bus,
    protocol: vendor?.trim() === 'ATA' ? 'ATA' : protocolOf(bus),
    // Virtual disks are "rotational" for want of knowledge, and newer kernels say otherwise.
    rotational: rotational === undefined || bus === 'virtio' || bus === 'xen' ? null : rotational === '1',
    removable: block.has('removable') ? block.get('removable') === '1' : null,
  }
}

function protocolOf(bus: string | null): DiskView['protocol'] {
  if (bus === 'nvme') return 'NVMe'
  if (bus === 'ata' || bus === 'sata') return 'ATA'
  return bus !== null && SCSI_BUSES.has(bus) ? 'SCSI' : null
}

const SCSI_BUSES = new Set(['scsi', 'sas', 'fc', 'iscsi', 'usb', 'spi'])

/** A card reader's slot without a card, a BMC's virtual drive without an image. */
function isEmptySlot({ block }: SysfsBlock): boolean {
  return block.get('removable') === '1' && block.get('size') === '0'
}
