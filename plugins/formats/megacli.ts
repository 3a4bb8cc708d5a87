import { addProperty, colonLine, pick, type Properties } from './colon-lines.ts'
import { inquiryOf } from './inquiry-data.ts'
import {
  arrayCondition,
  batteryCondition,
  binaryBytes,
  busOf,
  diskCondition,
  folded,
  gigabitsOf,
  levelOf,
  positive,
  yesNo,
} from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/** Disks of `MegaCli -PDList -aALL`; a disk begins with its enclosure, which is N/A for one that is cabled directly. */
export function megacliDisks(text: string): RaidView {
  return { physicalDisks: blocksOf(text, /^(?:Enclosure Device ID|Slot Number):/, 'slot number').map(diskOf) }
}

/** Logical drives of `MegaCli -LDInfo -Lall -aALL`. */
export function megacliDrives(text: string): RaidView {
  return { logicalDrives: blocksOf(text, /^(?:Virtual (?:Drive|Disk)|CacheCade Virtual Drive) ?:/, 'state').map(driveOf) }
}

/** Controllers of `MegaCli -AdpAllInfo -aALL`. */
export function megacliControllers(text: string): RaidView {
  return { controllers: blocksOf(text, /^Adapter #\d/, 'product name').map(controllerOf) }
}

/** Batteries of `MegaCli -AdpBbuCmd -GetBbuStatus -aALL`, one for each controller that has one. */
export function megacliBatteries(text: string): RaidView {
  return {
    controllers: blocksOf(text, /^BBU status for Adapter ?:/, 'batterytype').map(({ controller, properties }) => {
      const flag = (name: string): boolean => pick(properties, name) === 'Yes'
      const batteryState = pick(properties, 'battery state')
      const isFailed = flag('battery replacement required') || batteryCondition(batteryState) === 'failed'
      return { id: controller, battery: flag('battery pack missing') ? 'none' : isFailed ? 'failed' : 'ok', batteryState }
    }),
  }
}

interface Block {
  readonly controller: string
  readonly properties: Properties
  /** Inquiry data as printed: its columns have fixed widths. */
  inquiry: string
}

/** A block ends where the next begins; `proof` is what a block must hold to be one. */
function blocksOf(text: string, begins: RegExp, proof: string): Block[] {
  const blocks: Block[] = []
  let controller = 'megaraid:0'
  let block: Block | null = null
  for (const line of text.split('\n')) {
    const said = colonLine(line)
    if (said === null) continue
    const adapter = /^(?:Adapter #?|BBU status for Adapter ?: ?)(\d{1,3})\b/.exec(line.trim())
    if (adapter !== null) {
      controller = `megaraid:${adapter[1]}`
      block = null
    }
    if (begins.test(line.trim()) && !(block?.properties.size === 1 && !block.properties.has(said.key.toLowerCase()))) {
      block = { controller, properties: new Map(), inquiry: '' }
      blocks.push(block)
    }
    if (block === null) continue
    addProperty(block.properties, said)
    if (said.key === 'Inquiry Data') block.inquiry = line.slice(line.indexOf(':') + 2)
  }
  return blocks.filter(({ properties }) => properties.has(proof))
}

function diskOf({ controller, properties, inquiry }: Block) {
  const number = pick(properties, 'enclosure device id')
  const enclosure = number === 'N/A' ? null : number
  const slot = pick(properties, 'slot number')
  const type = pick(properties, 'pd type')
  const state = pick(properties, 'firmware state')
  const bus = busOf(type)
  const told = inquiryOf(inquiry, bus === 'sata')
  const group = /DiskGroup: (\d{1,4})/.exec(pick(properties, "drive's position") ?? '')?.[1]
  const predicted = integerOrNull(pick(properties, 'predictive failure count'))
  const flagged = yesNo(pick(properties, 'drive has flagged a s.m.a.r.t alert'))
  const medium = pick(properties, 'media type')
  const condition = diskCondition(state)
  // Older versions print neither line.
  const alert = predicted === null && flagged === null ? null : (predicted ?? 0) > 0 || flagged === true
  return {
    controller,
    id: `${enclosure ?? ''}:${slot ?? ''}`,
    enclosure,
    slot: integerOrNull(slot),
    deviceId: integerOrNull(pick(properties, 'device id')),
    wwn: wwnOrNull(pick(properties, 'wwn')),
    ...told,
    firmware: told.firmware ?? textOrNull(pick(properties, 'device firmware level')),
    sizeBytes: rawBytes(pick(properties, 'raw size')),
    bus,
    rotational: medium === null ? null : !/solid state/i.test(medium),
    linkGbps: gigabitsOf(pick(properties, 'link speed')),
    array: group ?? (/unconfigured|hotspare|jbod/i.test(state ?? '') ? 'none' : null),
    smartAlert: alert,
    condition: alert === true && (condition === 'online' || condition === 'spare') ? ('failing' as const) : condition,
    state,
  }
}

/** `223.570 GB [0x1bf244b0 Sectors]`: the size beside it tells whether these are sectors of 512 or 4096 bytes. */
function rawBytes(said: string | null): number | null {
  const [, size, hex] = /^([\d.]{1,12} ?[KMGTP]B) \[0x([0-9a-f]{1,12}) Sectors\]/i.exec(said ?? '') ?? []
  const [rounded, count] = [binaryBytes(size), Number.parseInt(hex ?? '', 16)]
  if (rounded === null || Number.isNaN(count)) return binaryBytes(said)
  return positive(count * (rounded > count * 2048 ? 4096 : 512))
}

function driveOf({ controller, properties }: Block) {
  const [number] = (pick(properties, 'virtual drive', 'virtual disk', 'cachecade virtual drive') ?? '?').split(' ')
  const state = pick(properties, 'state')
  const span = integerOrNull(pick(properties, 'span depth')) ?? 1
  const disks = integerOrNull(pick(properties, 'number of drives', 'number of drives per span'))
  return {
    controller,
    id: number!,
    name: folded(pick(properties, 'name')),
    level: spanned(levelOf(pick(properties, 'raid level')), span),
    sizeBytes: binaryBytes(pick(properties, 'size')),
    stripeBytes: binaryBytes(pick(properties, 'strip size', 'stripe size')),
    disks: properties.has('number of drives per span') && disks !== null ? disks * span : disks,
    cache: textOrNull(pick(properties, 'current cache policy')),
    condition: arrayCondition(state),
    state,
  }
}

/** Some firmware tells raid10 as raid1 in several spans. */
function spanned(level: string | null, span: number): string | null {
  return span > 1 && (level === 'raid1' || level === 'raid5' || level === 'raid6') ? `${level}0` : level
}

function controllerOf({ controller, properties }: Block) {
  return {
    id: controller,
    model: folded(pick(properties, 'product name')),
    serial: textOrNull(pick(properties, 'serial no')),
    wwn: wwnOrNull(pick(properties, 'sas address')),
    firmware: textOrNull(pick(properties, 'fw package build', 'fw version')),
    bios: textOrNull(pick(properties, 'bios version')),
    cacheBytes: binaryBytes(pick(properties, 'memory size')),
    ...(pick(properties, 'bbu') === 'Absent' && { battery: 'none' as const }),
  }
}
