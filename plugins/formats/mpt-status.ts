import { arrayCondition, binaryBytes, diskCondition, folded, levelOf } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { integerOrNull, lines } from './text.ts'

const VOLUME = /^ioc(\d+) vol_id (\d+) type (\w+), (\d+) phy, (\d+) GB, state (\w+)/
const DISK = /^ioc(\d+) phy (\d+) scsi_id (\d+) (.{8}) ?(.{1,16}?) +(\S{0,4}) *, (\d+) GB, state (\w+), flags (\w[\w ]{0,60})/
const NEW_VOLUME = /^ioc:(\d+) vol_id:(\d+) type:(\w+) raidlevel:(\S+) num_disks:(\d+) size\(GB\):(\d+) state: ?(\w+)/
const NEW_DISK =
  /^ioc:(\d+) phys_id:(\d+) scsi_id:(\d+) vendor:(.{0,8}?) *product_id:(.{0,16}?) *revision:(.{0,4}?) *size\(GB\):(\d+) state: ?(\w+) flags: ?(\w[\w ]{0,60}?) sync_state/

/** mpt-status of LSI Fusion-MPT adapters, with and without -n; such an adapter has one kind of array, a mirror. */
export function mptStatusView(text: string): RaidView {
  const said = lines(text).filter((line) => line.length < 400)
  const volumes = said.flatMap(volumeOf)
  const disks = said.flatMap(diskOf)
  // A disk's line does not name its volume; with one volume there is no doubt.
  const array = volumes.length === 1 ? volumes[0]!.id : null
  return { logicalDrives: volumes, physicalDisks: disks.map((one) => ({ ...one, array })) }
}

function volumeOf(line: string) {
  const [, ioc, id, type, disks, size, state] = VOLUME.exec(line) ?? []
  const [, ioc2, id2, , level2, disks2, size2, state2] = NEW_VOLUME.exec(line) ?? []
  if (id === undefined && id2 === undefined) return []
  return [
    {
      controller: `mpt:${ioc ?? ioc2}`,
      id: (id ?? id2)!,
      level: levelOf(type ?? level2),
      disks: integerOrNull(disks ?? disks2),
      sizeBytes: binaryBytes(`${size ?? size2} GB`),
      condition: arrayCondition(state ?? state2),
      state: (state ?? state2)!,
    },
  ]
}

function diskOf(line: string) {
  const [, ioc, id, , vendor, model, firmware, size, state, flags] = DISK.exec(line) ?? NEW_DISK.exec(line) ?? []
  if (id === undefined) return []
  const condition = diskCondition(state)
  return [
    {
      controller: `mpt:${ioc}`,
      id,
      vendor: folded(vendor) === 'ATA' ? null : folded(vendor),
      model: folded(model),
      firmware: folded(firmware),
      sizeBytes: binaryBytes(`${size} GB`),
      condition: condition === 'online' && /OUT_OF_SYNC/.test(flags!) ? ('rebuilding' as const) : condition,
      state: flags === 'NONE' ? state! : `${state} ${flags}`,
    },
  ]
}
