import { arrayCondition, batteryCondition, binaryBytes, busOf, diskCondition, folded, levelOf, positive } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { entryOf, integerOrNull, lines, textOrNull } from './text.ts'

const CONTROLLER = /^(c\d{1,3}) +(\S{1,30}) +\d+ +\d+ +\d+ +\d+ +\d+ +\S+ *(\S{0,20})/
const UNIT = /^(u\d{1,3}) +(\S{1,20}) +(\S{1,30}) +\S+ +\S+ +(\S+) +([\d.]{1,12}) +(\S+)/
const PORT = /^(p\d{1,3}) +(\S{1,30}) +(u\d{1,3}|-) +([\d.]{1,9} [KMGT]B) +(\d{1,15}) +(\S{0,40})/
const VPORT = /^(p\d{1,3}) +(\S{1,30}) +(u\d{1,3}|-) +([\d.]{1,9} [KMGT]B) +([A-Z]{1,8}) +\S+ +(\S{1,20}) *(.{0,60})/
const ENCLOSURE = /^\/(c\d{1,3})\/(e\d{1,3}) +([A-Z][A-Z-]{1,29})\s*$/
const BAYS = /^\/(c\d{1,3})\/(e\d{1,3}) +(\d{1,3}) +\d/
const ABOUT = /^\/(c\d{1,3})(?:\/([ep]\d{1,3}))? ([A-Z][\w .]{1,40}) = (.{0,80})/

/**
 * Tables of 3ware cards: `tw_cli show`, `tw_cli /cN show`, `tw_cli /cN/eN show all`. Rows of units and ports do not name their controller;
 * it is the one last spoken of.
 */
export function twCliView(text: string): RaidView {
  const view = { controllers: [], enclosures: [], physicalDisks: [], logicalDrives: [] } as Collected
  let controller = '3ware:c0'
  for (const line of lines(text)) {
    const about = ABOUT.exec(line) ?? /^# \/(c\d{1,3})$/.exec(line)
    if (about !== null) controller = `3ware:${about[1]}`
    for (const read of READERS) read(line, controller, view)
  }
  return view
}

type Collected = { -readonly [K in 'controllers' | 'enclosures' | 'physicalDisks' | 'logicalDrives']: NonNullable<RaidView[K]>[number][] }

const READERS: readonly ((line: string, controller: string, view: Collected) => void)[] = [
  controllerRow,
  unitRow,
  portRow,
  enclosureRow,
  propertyLine,
]

function controllerRow(line: string, _: string, { controllers }: Collected): void {
  const [, id, model, battery] = CONTROLLER.exec(line) ?? []
  if (id === undefined) return
  // A dash is a card that has no battery; nothing at all one that cannot have one.
  const batteryState = battery === '-' ? 'Not Present' : textOrNull(battery)
  controllers.push({ id: `3ware:${id}`, model: model!, battery: batteryCondition(batteryState), batteryState })
}

function unitRow(line: string, controller: string, { logicalDrives }: Collected): void {
  const [, id, level, state, stripe, size, cache] = UNIT.exec(line) ?? []
  if (id === undefined) return
  logicalDrives.push({
    controller,
    id,
    array: id,
    level: levelOf(level),
    sizeBytes: binaryBytes(`${size} GB`),
    stripeBytes: binaryBytes(stripe),
    cache: cache === '-' ? null : cache!,
    condition: arrayCondition(state),
    state: state!,
  })
}

function portRow(line: string, controller: string, { physicalDisks }: Collected): void {
  const [, id, state, unit, size] = PORT.exec(line) ?? VPORT.exec(line) ?? []
  if (id === undefined) return
  const [blocks, serial] = (PORT.exec(line) ?? []).slice(5)
  const [type, place, model] = (VPORT.exec(line) ?? []).slice(5)
  const [, enclosure, bay] = /\/(e\d{1,3})\/slt(\d{1,3})$/.exec(place ?? '') ?? []
  const exact = integerOrNull(blocks)
  const condition = diskCondition(state)
  physicalDisks.push({
    controller,
    id,
    enclosure: enclosure ?? null,
    slot: integerOrNull(bay ?? id.slice(1)),
    serial: textOrNull(serial),
    model: folded(model),
    sizeBytes: exact === null ? binaryBytes(size) : positive(exact * 512),
    bus: busOf(type),
    array: unit === '-' ? 'none' : unit!,
    condition: unit === '-' && condition === 'online' ? 'unconfigured' : condition,
    state: state!,
  })
}

function enclosureRow(line: string, _: string, { enclosures }: Collected): void {
  const [, owner, id, state] = ENCLOSURE.exec(line) ?? []
  if (id !== undefined) enclosures.push({ controller: `3ware:${owner}`, id, state: state!, condition: arrayCondition(state) })
  const [, controller, name, slots] = BAYS.exec(line) ?? []
  if (name !== undefined) enclosures.push({ controller: `3ware:${controller}`, id: name, slots: Number(slots) })
}

/** `/c0 Serial Number = L326…`, `/c0/e0 Product ID = SAS2X28`, `/c0/p3 Serial = 9QJ1…` of `show all`. */
function propertyLine(line: string, _: string, { controllers, enclosures, physicalDisks }: Collected): void {
  const [, owner, part, name, value] = ABOUT.exec(line) ?? []
  if (name === undefined) return
  const [controller, text] = [`3ware:${owner}`, folded(value)]
  if (part === undefined) {
    const field = entryOf(CONTROLLER_FIELDS, name)
    if (field !== undefined) controllers.push({ id: controller, [field]: text })
  } else if (part.startsWith('e')) {
    const field = entryOf(ENCLOSURE_FIELDS, name)
    if (field !== undefined) enclosures.push({ controller, id: part, [field]: text })
  } else {
    const field = entryOf(DISK_FIELDS, name)
    if (field !== undefined) physicalDisks.push({ controller, id: part, [field]: text })
  }
}

const CONTROLLER_FIELDS = { 'Serial Number': 'serial', 'Firmware Version': 'firmware', 'Bios Version': 'bios', Model: 'model' } as const
const ENCLOSURE_FIELDS = { Vendor: 'vendor', 'Product ID': 'model', 'Product Revision': 'firmware', 'Serial Number': 'serial' } as const
const DISK_FIELDS = { Model: 'model', 'Firmware Version': 'firmware', Serial: 'serial', 'Serial Number': 'serial' } as const
