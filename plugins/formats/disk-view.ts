/** What one source says of one whole disk. Null: it does not say. */
export interface DiskView {
  /** Kernel name, such as sda; may be another one after any boot. */
  readonly name: string | null
  readonly wwn: string | null
  readonly serial: string | null
  /** Where it sits in the machine, as below /dev/disk/by-path. */
  readonly path: string | null
  readonly vendor: string | null
  readonly model: string | null
  readonly firmware: string | null
  readonly sizeBytes: number | null
  readonly bus: string | null
  readonly protocol: 'ATA' | 'SCSI' | 'NVMe' | null
  readonly rotational: boolean | null
  readonly removable: boolean | null
}

const NOTHING: DiskView = {
  name: null,
  wwn: null,
  serial: null,
  path: null,
  vendor: null,
  model: null,
  firmware: null,
  sizeBytes: null,
  bus: null,
  protocol: null,
  rotational: null,
  removable: null,
}

/** Several views of one disk as one: of each field the first that says something. */
export function overlay(...views: readonly Partial<DiskView>[]): DiskView {
  const disk: Record<string, unknown> = { ...NOTHING }
  for (const view of views) {
    for (const [field, value] of Object.entries(view)) disk[field] ??= value
  }
  return disk as unknown as DiskView // Each field comes from a view that has it with this type.
}

/** Adds what another source says to the disks that it means, by name, else WWN, else serial number, and the disks that only it knows. */
export function joinViews(disks: readonly DiskView[], more: readonly Partial<DiskView>[]): DiskView[] {
  const joined = [...disks]
  const byKey = new Map<string, number>()
  const learn = (disk: DiskView, index: number): void => {
    for (const key of keysOf(disk)) if (!byKey.has(key)) byKey.set(key, index)
  }
  joined.forEach(learn)
  for (const view of more) {
    // A name, where the source has one, is exact; card readers share one serial number among their slots.
    const [first, ...others] = keysOf(view)
    const keys = view.name ? [first!] : [first, ...others]
    const known = keys.map((key) => byKey.get(key ?? '')).find((index) => index !== undefined)
    const index = known ?? joined.length
    joined[index] = known === undefined ? overlay(view) : overlay(joined[known]!, view)
    learn(joined[index], index)
  }
  return joined
}

function keysOf(view: Partial<DiskView>): string[] {
  return (['name', 'wwn', 'serial'] as const).flatMap((field) => (view[field] ? [`${field} ${view[field]}`] : []))
}

/** Whether a kernel name is that of a whole disk: not of an optical drive, a floppy, a memory or network device, nor of something made of disks. */
export function isDiskName(name: string): boolean {
  return !NOT_A_DISK.test(name)
}

const NOT_A_DISK = /^(?:loop|ram|zram|fd\d|sr\d|scd\d|dm-|md|nbd|rbd|drbd|zd\d|bcache|mtd|ubi|mmcblk\d+(?:boot|gp|rpmb)|nvme\d+c\d+n)/

/** One disk for all paths to it: several devices of one WWN, serial number and size. */
export function mergePaths(disks: readonly DiskView[]): { readonly disk: DiskView; readonly paths: number }[] {
  const groups = new Map<string, DiskView[]>()
  for (const [index, disk] of disks.entries()) {
    const { wwn, serial, sizeBytes, bus } = disk
    // Two such disks of one WWN are two disks whose maker was careless.
    const single = wwn === null || bus === 'usb' || bus === 'sata' || bus === 'ata' || bus === 'mmc'
    const key = single ? `#${index}` : `${wwn} ${serial} ${sizeBytes}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [disk])
    else group.push(disk)
  }
  return [...groups.values()].map((paths) => {
    const disk = overlay(...paths)
    // A path that fails must not look like a disk that moved.
    return { disk: paths.length === 1 ? disk : { ...disk, path: null }, paths: paths.length }
  })
}
