import { pick, type Properties } from './colon-lines.ts'
import {
  arrayCondition,
  batteryCondition,
  binaryBytes,
  busOf,
  decimalBytes,
  diskCondition,
  folded,
  gigabitsOf,
  levelOf,
  pciAddress,
} from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { blocksOf, CAGE, type Block } from './ssacli-blocks.ts'
import { integerOrNull, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

/**
 * What ssacli, hpssacli and hpacucli print of HP and HPE Smart Arrays: `ctrl all show config detail`, and the shorter listings
 * (`show status`, `pd all show`, `ld all show`), which share their words.
 */
export function ssacliView(text: string): RaidView {
  const blocks = blocksOf(text)
  const of = (kind: Block['kind']): Block[] => blocks.filter((one) => one.kind === kind)
  return {
    controllers: of('controller').map(controllerOf),
    enclosures: of('enclosure').map(cageOf),
    // Whole reports list a disk several times, and tell about it once.
    physicalDisks: of('physicaldrive')
      .toSorted((a, b) => b.properties.size - a.properties.size)
      .map(diskOf),
    logicalDrives: of('logicaldrive').map(driveOf),
  }
}

function cageOf({ title, controller, properties }: Block) {
  const [, model, port, box, state] = CAGE.exec(title)!
  return {
    controller,
    id: `${port}:${box}`,
    vendor: folded(pick(properties, 'vendor id')),
    model: folded(model),
    serial: textOrNull(pick(properties, 'serial number')),
    firmware: textOrNull(pick(properties, 'firmware version')),
    slots: integerOrNull(pick(properties, 'drive bays')),
    condition: arrayCondition(state),
    state: state!,
  }
}

function controllerOf({ title, controller, properties }: Block) {
  const state = pick(properties, 'controller status')
  const batteryState = pick(properties, 'battery/capacitor status') ?? noBattery(properties)
  return {
    id: controller,
    model: folded(title.slice(0, title.indexOf(' in '))),
    pciSlot: / in Slot (\w{1,4})/.exec(title)?.[1] ?? null,
    serial: textOrNull(pick(properties, 'serial number') ?? /\(sn: ([^)]{1,40})\)/.exec(title)?.[1]),
    firmware: folded(pick(properties, 'firmware version')),
    driver: folded(`${pick(properties, 'driver name') ?? ''} ${pick(properties, 'driver version') ?? ''}`),
    pciAddress: pciAddress(pick(properties, 'pci address (domain:bus:device.function)')),
    cacheBytes: binaryBytes(pick(properties, 'total cache size')?.replace(/^(\d+(?:\.\d+)?)$/, '$1 GB')),
    battery: batteryCondition(batteryState),
    batteryState,
    condition: arrayCondition(state),
    state,
  }
}

function noBattery(properties: Properties): string | null {
  return pick(properties, 'battery/capacitor count') === '0' ? 'Not Installed' : null
}

/** `1I:1:2 (port 1I:box 1:bay 2, SAS, 300 GB, OK)`, or the address alone with its properties below it. */
function diskOf({ title, controller, array, isHanded, properties }: Block) {
  const [address, ...told] = partsOf(title)
  const [port, box, bay] = addressOf(address!, properties)
  const id = [port, box, bay].filter((one) => one !== null).join(':') || address!
  const state = pick(properties, 'status') ?? told.find((one) => diskCondition(one) !== null && !/port|bay/.test(one)) ?? null
  const model = folded(pick(properties, 'model'))
  const [, vendor, rest] = /^(ATA|HP|HPE|NVMe|[A-Z]{2,8})\s+(\S.*)$/.exec(model ?? '') ?? []
  const type = pick(properties, 'drive type') ?? ''
  const isHba = isHanded || /hba mode/i.test(type)
  const isSpare = /spare/i.test(type) || told.some((one) => /spare/i.test(one))
  return {
    controller,
    id,
    enclosure: port === null ? box : `${port}:${box}`,
    slot: integerOrNull(bay),
    array,
    serial: textOrNull(pick(properties, 'serial number')),
    wwn: wwnOrNull(pick(properties, 'wwid')),
    vendor: vendor === 'ATA' || vendor === 'NVMe' ? null : (vendor ?? null),
    model: rest ?? model,
    firmware: textOrNull(pick(properties, 'firmware revision')),
    sizeBytes: decimalBytes(pick(properties, 'size') ?? told.find((one) => /^\d[\d.]* [KMGTP]B$/.test(one))),
    bus: busOf(pick(properties, 'interface type') ?? told.join(' ')),
    rotational: rotationalOf(properties, told),
    linkGbps: gigabitsOf(pick(properties, 'phy transfer rate')),
    device: textOrNull(pick(properties, 'disk name')),
    smartAlert: /predictive/i.test(state ?? '') || null,
    condition: good(diskCondition(state), isSpare ? 'spare' : isHba ? 'jbod' : array === 'none' ? 'unconfigured' : 'online'),
    state,
  }
}

/** HP calls a good disk OK whatever it is used for. */
function good<C extends string | null, U extends string>(condition: C, use: U): C | U {
  return condition === 'online' ? use : condition
}

function addressOf(address: string, properties: Properties): readonly [port: string | null, box: string | null, bay: string | null] {
  const parts = address.split(':')
  const told = parts.length === 3 ? parts : [null, parts[0] ?? null, parts[1] ?? null]
  return [pick(properties, 'port') ?? told[0]!, pick(properties, 'box') ?? told[1]!, pick(properties, 'bay') ?? told[2]!]
}

function rotationalOf(properties: Properties, told: readonly string[]): boolean | null {
  const type = `${pick(properties, 'interface type') ?? ''} ${told.join(' ')}`
  if (/solid state|ssd|nvme/i.test(type)) return false
  return /\bHDD\b/.test(type) || integerOrNull(pick(properties, 'rotational speed')) !== null ? true : null
}

/** `1 (68.3 GB, RAID 1, OK)`, or `Logical Drive: 1` with its properties. */
function driveOf({ title, controller, array, properties }: Block) {
  const [id, ...told] = partsOf(title)
  const state = pick(properties, 'status') ?? told.find((one) => arrayCondition(one) !== null && !one.startsWith('RAID')) ?? null
  return {
    controller,
    id: id!,
    array,
    name: textOrNull(pick(properties, 'logical drive label')),
    wwn: wwnOrNull(pick(properties, 'unique identifier')),
    level: levelOf(pick(properties, 'fault tolerance') ?? told.find((one) => /^RAID/i.test(one))),
    sizeBytes: binaryBytes(pick(properties, 'size') ?? told.find((one) => /^\d[\d.]* [KMGTP]B$/.test(one))),
    stripeBytes: binaryBytes(pick(properties, 'strip size')),
    device: textOrNull(pick(properties, 'disk name')),
    cache: textOrNull(pick(properties, 'caching')),
    condition: arrayCondition(state),
    state,
  }
}

/** The name before the bracket, what stands in it between commas, and a state behind it. */
function partsOf(title: string): string[] {
  const [, name, rest, state] = /^([^\s(]{1,40})\s*(?:\(([^)]{0,200})\))?(?:: (.{1,60}))?/.exec(title) ?? []
  return [name ?? title.slice(0, 40), ...(rest?.split(',').map((one) => one.trim()) ?? []), ...(state === undefined ? [] : [state.trim()])]
}
