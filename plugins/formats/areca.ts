import { addProperty, colonLine, pick, type Properties } from './colon-lines.ts'
import { arrayCondition, binaryBytes, decimalBytes, diskCondition, folded, levelOf } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { integerOrNull, lines, textOrNull } from './text.ts'

const CONTROLLER = 'areca:1'

/** `cli64 sys info`: the controller. */
export function arecaController(text: string): RaidView {
  const properties: Properties = new Map()
  for (const line of lines(text)) {
    const said = colonLine(line)
    if (said !== null) addProperty(properties, said)
  }
  const model = folded(pick(properties, 'controller name'))
  if (model === null) return {}
  return {
    controllers: [
      {
        id: CONTROLLER,
        model,
        serial: textOrNull(pick(properties, 'serial number')),
        firmware: textOrNull(pick(properties, 'firmware version')?.split(' ')[0]),
        bios: textOrNull(pick(properties, 'boot rom version', 'bootrom version')?.split(' ')[0]),
        cacheBytes: binaryBytes(pick(properties, 'system memory')?.split('/')[0]),
      },
    ],
  }
}

/** `cli64 disk info`: one row a bay; without an enclosure the channel is the bay. An empty bay has no model. */
export function arecaDisks(text: string): RaidView {
  return {
    physicalDisks: lines(text).flatMap((line) => {
      const [, number, first, second, model, size, usage] = ROW.exec(line) ?? []
      if (number === undefined || /^N\.A\.$/.test(model!.trim())) return []
      const slot = /(\d{1,3})\w?$/.exec(second?.trim() ?? '')?.[1]
      const use = usage!.trim()
      const free = { Free: 'unconfigured', HotSpare: 'spare', 'Hot Spare': 'spare', 'Pass Through': 'jbod', Failed: 'failed' } as const
      const [, condition = diskCondition(use) === 'failed' ? ('failed' as const) : ('online' as const)] =
        Object.entries(free).find(([word]) => use.startsWith(word)) ?? []
      return [
        {
          controller: CONTROLLER,
          id: number,
          enclosure: slot === undefined ? null : first!,
          slot: integerOrNull(slot ?? first),
          model: folded(model),
          sizeBytes: decimalBytes(size),
          array: condition === 'online' ? use : 'none',
          condition,
          state: use,
        },
      ]
    }),
  }
}

// "  9  02  Slot 01 TOSHIBA MK2001TRKB  2000.4GB  Raid Set # 000", and " 1  1  WDC WD7500AYYS-01RCA0  750.2GB  data".
const ROW = /^ {0,3}(\d{1,3}) +(\d{1,3}) {1,3}(Slot[ #]\d{1,3} +|SLOT ?\d{1,3}\w? +)?(\S.{0,60}?) +(\d[\d.]{0,10}[KMGT]B) +(\S.{0,40})$/

/** `cli64 rsf info`: RAID sets, each of which holds volumes; the state is that of the set. */
export function arecaSets(text: string): RaidView {
  return {
    logicalDrives: lines(text).flatMap((line) => {
      const [, id, name, disks, size, rest] =
        /^ {0,3}(\d{1,3}) {2}(\S.{0,40}?) +(\d{1,3}) +([\d.]{1,12}[KMGT]B) +[\d.]+[KMGT]B +(\S.{0,60})$/.exec(line) ?? []
      if (id === undefined) return []
      const state = rest!.trim().split(/ {2,}/).at(-1)!
      return [
        {
          controller: CONTROLLER,
          id,
          name: folded(name),
          array: folded(name),
          disks: Number(disks),
          sizeBytes: decimalBytes(size),
          condition: arrayCondition(state),
          state,
        },
      ]
    }),
  }
}

/** `cli64 vsf info`: volumes with their level. Names may be as wide as their columns, so that the header alone tells them apart. */
export function arecaVolumes(text: string): RaidView {
  const all = lines(text)
  const header = all.find((line) => /^ {0,3}# Name /.test(line)) ?? ''
  const [nameAt, setAt] = [header.indexOf('Name '), header.indexOf('Raid Name')]
  if (nameAt === -1 || setAt === -1) return {}
  return {
    logicalDrives: all.flatMap((line) => {
      const [, level, size, place, state] = VOLUME.exec(line) ?? []
      const id = /^ {0,3}(\d{1,3}) /.exec(line)?.[1]
      if (level === undefined || id === undefined) return []
      const set = folded(line.slice(setAt, line.lastIndexOf(level)))
      return [
        {
          controller: CONTROLLER,
          id,
          name: folded(line.slice(nameAt, setAt)),
          array: set,
          level: levelOf(level),
          sizeBytes: decimalBytes(size),
          device: `scsi ${place}`,
          condition: arrayCondition(state),
          state: state!.trim(),
        },
      ]
    }),
  }
}

const VOLUME = / (Raid\d\S{0,9}|JBOD) +([\d.]{1,12}[KMGT]B) +(\d\d\/\d\d\/\d\d) +(\S.{0,30})$/
