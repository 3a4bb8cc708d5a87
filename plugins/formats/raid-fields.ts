import { choice, decimal, flag, integer, name, text, textSet } from '../fields.ts'

const CLI = "the controller's own program (storcli, perccli, MegaCli, ssacli, arcconf, sas3ircu, tw_cli and others)"
const MD = '/proc/mdstat; mdadm --detail (root)'

/** Conditions of a controller, an array or a logical drive. A check, a first synchronisation or a move of data leaves it optimal. */
export const ARRAY_CONDITIONS = ['optimal', 'degraded', 'failed'] as const

/** Conditions of a disk: part of an array, waiting for one, belonging to none, given through to the system, and what can be wrong with it. */
export const DISK_CONDITIONS = ['online', 'spare', 'unconfigured', 'jbod', 'rebuilding', 'failing', 'failed', 'missing'] as const

const CONTROLLER_REF = name('Its controller: `id` of controllers.', CLI)

export const CONTROLLER = {
  id: name('Family and number by which its program calls it, such as megaraid:0, mpi3mr:0 (storcli2, perccli2) or smartarray:0.', CLI),
  serial: text('Serial number.', CLI),
  wwn: text('World wide name: its SAS address.', CLI),
  model: text('Model.', CLI),
  firmware: text('Version of the firmware.', CLI),
  bios: text('Version of the BIOS extension.', CLI),
  driver: text('Version of the driver, with its name where told.', CLI),
  pciAddress: text('PCI address, such as 0000:3b:00.0.', CLI),
  pciSlot: text('Slot of the machine, as labelled by the firmware; may be a letter too, such as 0b.', CLI),
  cacheBytes: integer('Memory of its cache in bytes.', CLI),
  battery: choice(['none', 'ok', 'failed'], 'Battery or capacitor of its cache. Charging and learning are ok.', CLI),
  batteryState: text("State of that battery in its program's words.", CLI),
  condition: choice(ARRAY_CONDITIONS, 'What its state means.', CLI),
  state: text("State in its program's words.", CLI),
}

export const ENCLOSURE = {
  controller: CONTROLLER_REF,
  id: name('Number or address by which the controller calls it.', CLI),
  serial: text('Serial number.', CLI),
  wwn: text('World wide name: its logical id.', CLI),
  vendor: text('Maker.', CLI),
  model: text('Model.', CLI),
  firmware: text('Version of the firmware.', CLI),
  slots: integer('Number of bays.', CLI),
  condition: choice(ARRAY_CONDITIONS, 'What its state means.', CLI),
  state: text("State in its program's words.", CLI),
}

export const PHYSICAL_DISK = {
  serial: text('Serial number given by the maker.', CLI),
  wwn: text('World wide name.', CLI),
  controller: CONTROLLER_REF,
  id: name('Address by which its program calls it, such as 252:3, 1I:1:3 or p3.', CLI),
  enclosure: text('Enclosure, or port and box, that holds it.', CLI),
  slot: integer('Bay within the enclosure.', CLI),
  deviceId: integer('Number that the controller gave it, as in smartctl -d megaraid,N; another one after it was moved.', CLI),
  device: text('Kernel name of its SCSI generic device. May be another one after any boot.', CLI),
  vendor: text('Maker, where the disk says so; ATA and NVMe disks have it in the model.', CLI),
  model: text('Model, with runs of spaces folded.', CLI),
  firmware: text('Version of the firmware.', CLI),
  partNumber: text('Field replaceable unit number.', CLI),
  sizeBytes: integer('Capacity in bytes, as exact as its program tells it.', CLI, 1),
  bus: choice(['sata', 'sas', 'scsi', 'nvme'], 'How it is attached.', CLI),
  rotational: flag('Whether it spins.', CLI),
  linkGbps: decimal('Negotiated speed of its link in gigabits a second.', CLI),
  array: text('Array, disk group or logical drive that it is part of, or none.', CLI),
  smartAlert: flag('Whether its own diagnosis (S.M.A.R.T.) foretells a failure.', CLI),
  condition: choice(DISK_CONDITIONS, 'What its state means.', CLI),
  state: text("State in its program's words; also tells whether it is spun down.", CLI),
}

export const LOGICAL_DRIVE = {
  wwn: text('World wide name, by which the system sees it.', CLI),
  controller: CONTROLLER_REF,
  id: name('Number by which its program calls it.', CLI),
  name: text('Name given by people.', CLI),
  level: text('RAID level: raid0, raid1, raid5, raid6, raid10, raid50, raid60, raid1e, raid1adm, jbod, spare.', CLI),
  sizeBytes: integer('Usable capacity in bytes, as exact as its program tells it.', CLI, 1),
  stripeBytes: integer('Size of a strip in bytes.', CLI, 1),
  disks: integer('Number of its disks.', CLI),
  array: text('Array or disk group that it lies on.', CLI),
  device: text('Kernel name of its block device. May be another one after any boot.', CLI),
  cache: text("Cache policy that is in force, in its program's words; follows the battery.", CLI),
  condition: choice(ARRAY_CONDITIONS, 'What its state means. A rebuild is degraded until it is done.', CLI),
  state: text("State in its program's words.", CLI),
}

export const SOFTWARE_ARRAY = {
  uuid: text('UUID of the array, as mdadm writes it.', 'mdadm --detail (root)'),
  name: name('Kernel name, such as md0; of a firmware or device-mapper array its own name.', `${MD}; dmraid -r; dmsetup status`),
  label: text('Name in the superblock, with the host that made it, such as web-01:0.', 'mdadm --detail (root)'),
  level: text('RAID level: raid0, raid1, raid4, raid5, raid6, raid10, linear, container.', MD),
  metadata: text('Format of the superblock, such as 1.2, ddf or imsm.', MD),
  sizeBytes: integer('Usable capacity in bytes.', MD),
  chunkBytes: integer('Size of a chunk in bytes.', MD),
  raidDevices: integer('Number of devices that make the array whole, without spares.', MD),
  activeDevices: integer('Number of devices that are in it and synchronised.', MD),
  failedDevices: integer('Number of faulty devices that are still attached.', MD),
  spareDevices: integer('Number of spare devices, one that is being rebuilt included.', MD),
  members: textSet('Kernel names of all its devices. May be others after any boot.', MD),
  failedMembers: textSet('Kernel names of its faulty devices.', MD),
  condition: choice(ARRAY_CONDITIONS, 'Whether all devices are there, some are missing, or too many are.', MD),
  state: text("State in the words of mdadm, or in mdstat's letters such as UU_; clean and active follow each write.", MD),
}
