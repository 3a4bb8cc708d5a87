import { need, textOf } from '../answer.ts'
import { definePlugin, type Answers } from '../define.ts'
import { choice, flag, integer, list, section, text } from '../fields.ts'
import { joinViews, mergePaths, overlay, type DiskView } from '../formats/disk-view.ts'
import { hdparmDisks } from '../formats/hdparm.ts'
import { kernelDisks, udevDisks } from '../formats/kernel-disks.ts'
import { lsblkDisks } from '../formats/lsblk-disks.ts'
import { isUsage } from '../formats/lsblk.ts'
import { smartctlDisks, smartctlJsonDisks } from '../formats/smartctl.ts'
import { SYSFS_BLOCK, SYSFS_BLOCK_VPD } from '../formats/sysfs-block.ts'
import { UDEV_BLOCK } from '../formats/udev.ts'
import { rememberLast } from '../remember-last.ts'

const probes = {
  'sysfs-block': SYSFS_BLOCK,
  'sysfs-block-vpd': SYSFS_BLOCK_VPD,
  'udev-block': UDEV_BLOCK,
  'udevadm-export-db': { recorded: 'udevadm info --export-db' },
  lsblk: { recorded: 'lsblk, with any columns' },
  'lsblk-p': { recorded: 'lsblk -P, with any columns' },
  'lsblk-json': { recorded: 'lsblk --json, with any columns' },
  smartctl: { recorded: 'smartctl -x' },
  'smartctl-json': { recorded: 'smartctl -x --json' },
  hdparm: { recorded: 'hdparm -I' },
} as const

const KERNEL = 'sysfs, and the udev database'

const plugin = definePlugin({
  name: 'disk',
  version: 1,
  summary: 'Whole disks: identity, capacity and how they are attached. All paths to one LUN are one disk.',
  probes,
  schema: section({
    disks: list('Whole disks: no partitions, arrays, volumes, optical drives, floppies or empty card readers.', {
      wwn: text('World wide name, unique in the world; 0x… or eui.…', `${KERNEL}: ID_WWN_WITH_EXTENSION, wwid`),
      serial: text('Serial number given by the maker.', `${KERNEL}: ID_SERIAL_SHORT, serial, SCSI page 0x80`),
      path: text('Where the disk sits in the machine, as below /dev/disk/by-path; null with several paths to it.', `${KERNEL}: ID_PATH`),
      name: text('Kernel name, such as sda. May be another one after any boot.', '/sys/block'),
      vendor: text('Maker, where the disk says so; ATA and NVMe disks have it in the model.', `${KERNEL}: vendor`),
      model: text('Model as the firmware spells it, with runs of spaces folded.', `${KERNEL}: ID_MODEL_ENC, model, SCSI page 0x89`),
      firmware: text('Version of the firmware.', `${KERNEL}: ID_REVISION, firmware_rev, rev`),
      sizeBytes: integer('Capacity in bytes.', '/sys/block/*/size', 1),
      bus: text('How it is attached: sata, ata, sas, scsi, fc, iscsi, nvme, usb, mmc, virtio, xen, ccw, nvdimm.', `${KERNEL}: device path`),
      protocol: choice(['ATA', 'SCSI', 'NVMe'], 'Command set that the disk speaks.', KERNEL),
      rotational: flag('Whether it spins; null for virtual disks.', '/sys/block/*/queue/rotational'),
      removable: flag('Whether the medium can be taken out.', '/sys/block/*/removable'),
      paths: integer('Number of paths to the disk.', '/sys/block', 1),
    }),
  }),
  keys: { disks: ['wwn', 'serial', 'path'] },
  volatile: ['disks.name', 'disks.paths'],
  // Models, firmware and places are spelt in other ways where one of them is missing.
  decides: { 'sysfs-block-vpd': ['disks'], 'udev-block': ['disks'] },

  parse(answers) {
    return { disks: disksOf(answers).map(withKey) }
  },
})

export default plugin

/** Serial numbers of this host's own disks, as evidence of its identity: none of a medium that is carried about or a LUN that others see too. */
export function diskSerials(answers: Answers<typeof probes>): string[] {
  const own = disksOf(answers).filter(
    ({ disk: { bus, removable }, paths }) => paths === 1 && removable !== true && bus !== 'usb' && bus !== 'fc' && bus !== 'iscsi',
  )
  return [...new Set(own.map(({ disk }) => disk.serial).filter((serial) => serial !== null))].toSorted()
}

const disksOf = rememberLast(probes, (answers) => mergePaths(viewsOf(answers)))

function viewsOf(answers: Answers<typeof probes>): DiskView[] {
  const sysfs = answers['sysfs-block']
  const others = (Object.keys(RECORDED) as (keyof typeof RECORDED)[]).filter(
    (name) => answers[name].status === 'ok' && !isUsage(need(answers[name])),
  )
  if (others.length === 0) need(sysfs)
  let disks = kernelDisks(textOf(sysfs) ?? '', textOf(answers['udev-block']) ?? '', textOf(answers['sysfs-block-vpd']) ?? '')
  for (const name of others) disks = joinViews(disks, RECORDED[name](need(answers[name])))
  return disks
}

/** Views of other programs, those that name the disk first. */
const RECORDED = {
  'udevadm-export-db': udevDisks,
  'lsblk-json': lsblkDisks,
  lsblk: lsblkDisks,
  'lsblk-p': lsblkDisks,
  hdparm: hdparmDisks,
  'smartctl-json': smartctlJsonDisks,
  smartctl: smartctlDisks,
} as const satisfies Partial<Record<keyof typeof probes, (text: string) => Partial<DiskView>[]>>

/** A disk that says nothing of itself has its kernel name, for want of anything better. */
function withKey({ disk, paths }: { readonly disk: DiskView; readonly paths: number }, index: number) {
  const { wwn, serial, path, name } = disk
  const last = wwn === null && serial === null && path === null ? `name-${name ?? index}` : path
  return { ...overlay(disk), path: last, paths }
}
