import { need, textOf } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { list, section } from '../fields.ts'
import { dmraidSets } from '../formats/dmraid.ts'
import { dmsetupMirrors } from '../formats/dmsetup.ts'
import { mdadmView } from '../formats/mdadm.ts'
import { mdstatView } from '../formats/mdstat.ts'
import { CONTROLLER, ENCLOSURE, LOGICAL_DRIVE, PHYSICAL_DISK, SOFTWARE_ARRAY } from '../formats/raid-fields.ts'
import { ASKED, RECORDED } from '../formats/raid-probes.ts'
import { readPrograms } from '../formats/raid-programs.ts'
import { joinItems, type Controller, type Known, type RaidView } from '../formats/raid-view.ts'
import { joinArrays, withKernelNames } from '../formats/software-arrays.ts'

const probes = { ...ASKED, ...RECORDED } as const

export default definePlugin({
  name: 'raid',
  version: 1,
  summary:
    "RAID controllers with their disks, enclosures and logical drives, by the makers' own programs, and software arrays. Needs root.",
  probes,
  schema: section({
    controllers: list("RAID controllers, by their maker's program; null where one is in the machine and its program is not.", CONTROLLER),
    enclosures: list('Enclosures and backplanes behind these controllers.', ENCLOSURE),
    physicalDisks: list('Disks behind these controllers, also those that the system cannot see.', PHYSICAL_DISK),
    logicalDrives: list('Logical drives that these controllers show to the system.', LOGICAL_DRIVE),
    softwareArrays: list('Arrays of the kernel: md, and firmware RAID and mirrors of the device mapper.', SOFTWARE_ARRAY),
  }),
  keys: {
    controllers: ['serial', 'wwn', 'id'],
    enclosures: ['serial', 'wwn', ['controller', 'id']],
    physicalDisks: ['serial', 'wwn', ['controller', 'id']],
    logicalDrives: ['wwn', ['controller', 'id']],
    softwareArrays: ['uuid', 'name'],
  },
  volatile: [
    'controllers.batteryState',
    'controllers.state',
    'enclosures.state',
    'physicalDisks.device',
    'physicalDisks.deviceId',
    'physicalDisks.state',
    'logicalDrives.device',
    'logicalDrives.cache',
    'logicalDrives.state',
    'softwareArrays.members',
    'softwareArrays.failedMembers',
    'softwareArrays.state',
  ],
  // /proc/mdstat counts no spare that is busy rebuilding.
  decides: { 'mdadm-detail': ['softwareArrays'] },

  parse(answers) {
    const told = readPrograms(answers)
    // Without its program nobody knows what a controller holds; without a controller there is nothing to know.
    const views = told === 'absent' ? (textOf(answers['raid-pci']) === '' ? [] : null) : told
    const { mdstat } = answers
    const others = [answers['mdadm-examine'], answers['dmraid-dmraid'], answers['dm-dmsetup']].some(({ status }) => status === 'ok')
    const knowsArrays = mdstat.status === 'ok' || mdstat.status === 'absent' || others
    if (views === null && !knowsArrays) need(mdstat)
    const kernel = arrays(mdstatView(textOf(mdstat) ?? ''))
    const all = <L>(pick: (view: RaidView) => readonly L[] | undefined): L[] => views?.flatMap((view) => pick(view) ?? []) ?? []
    return {
      controllers: views && joinItems(CONTROLLER, [...all((view) => view.controllers), ...all(owners)]),
      enclosures:
        views &&
        joinItems(
          ENCLOSURE,
          all((view) => view.enclosures),
        ),
      physicalDisks:
        views &&
        joinItems(
          PHYSICAL_DISK,
          all((view) => view.physicalDisks),
        ),
      logicalDrives:
        views &&
        joinItems(
          LOGICAL_DRIVE,
          all((view) => view.logicalDrives),
        ),
      softwareArrays: knowsArrays
        ? joinArrays([
            ...withKernelNames(arrays(mdadmView(textOf(answers['mdadm-detail']) ?? '')), kernel),
            ...kernel,
            ...arrays(mdadmView(textOf(answers['mdadm-examine']) ?? '')),
            ...arrays(dmraidSets(textOf(answers['dmraid-dmraid']) ?? '')),
            ...arrays(dmsetupMirrors(textOf(answers['dm-dmsetup']) ?? '')),
          ])
        : null,
    }
  },
})

/** Programs that list disks alone do not show their controller, but it is there. */
function owners(view: RaidView): Known<Controller, 'id'>[] {
  return [...(view.physicalDisks ?? []), ...(view.logicalDrives ?? [])].map(({ controller }) => ({ id: controller }))
}

function arrays(view: RaidView): NonNullable<RaidView['softwareArrays']> {
  return view.softwareArrays ?? []
}
