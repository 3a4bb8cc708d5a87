import { addProperty, colonLine, pick, type ColonLine, type Properties } from './colon-lines.ts'
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
  pciAddress,
} from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { integerOrNull, lines, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

interface Block {
  readonly kind: 'controller' | 'logical' | 'device' | 'other'
  readonly controller: string
  /** Number of the logical drive. */
  readonly id: string
  readonly properties: Properties
}

/** `arcconf GETCONFIG n`, one controller behind the other; Adaptec and Microsemi controllers, and IBM's ServeRAID 8. */
export function arcconfView(text: string): RaidView {
  const { blocks, arrays } = blocksOf(text)
  const of = (kind: Block['kind']): Block[] => blocks.filter((one) => one.kind === kind)
  const devices = of('device')
  return {
    controllers: of('controller').map(controllerOf),
    logicalDrives: of('logical').map(driveOf),
    physicalDisks: devices
      .filter(({ properties }) => !properties.has('enclosure id') && properties.has('state'))
      .map((one) => diskOf(one, arrays)),
    enclosures: devices.filter(({ properties }) => !properties.has('state') && properties.has('type')).map(enclosureOf),
  }
}

/** `arrays` has the logical drive of each segment, by controller and the disk's address or serial number. */
function blocksOf(text: string): { readonly blocks: Block[]; readonly arrays: ReadonlyMap<string, string> } {
  const blocks: Block[] = []
  const arrays = new Map<string, string>()
  let number = 0
  let block: Block | null = null
  const open = (kind: Block['kind'], id = ''): void => {
    block = { kind, id, controller: `adaptec:${number}`, properties: new Map() }
    blocks.push(block)
  }
  for (const line of lines(text)) {
    const said = colonLine(line)
    if (said === null) continue
    if (/^Controller information$/i.test(said.key)) {
      number += 1
      open('controller')
    } else if (/^(?:Array|maxCache|Connector|Logical device|Physical device) information$/i.test(said.key)) open('other')
    else if (/^(?:Array Number|Connector #) ?\d/i.test(said.key) || /^Channel #\d/i.test(said.key)) open('other')
    else if (/^Logical device number \d{1,4}$/i.test(said.key)) open('logical', said.key.slice('Logical device number '.length))
    else if (/^Device #\d{1,4}$/.test(said.key)) open('device', said.key.slice(8))
    else if (block !== null) read(block, said, arrays)
  }
  return { blocks, arrays }
}

function read(block: Block, said: ColonLine, arrays: Map<string, string>): void {
  const { kind, controller, id, properties } = block
  if (kind === 'other') return
  // A battery's and a backup unit's Status stand below headings of their own: the controller's is `Controller Status`.
  addProperty(properties, said)
  if (kind !== 'logical' || !/^(?:Segment|Device|Group) ?\d/i.test(said.key)) return
  const [, address, serial] = /^Present \((\d+,\d+)\) ?(\S{0,40})/.exec(said.value ?? '') ?? []
  const last = /\) +(\S{1,40})$/.exec(said.value ?? '')?.[1]
  for (const disk of [address, serial, last]) if (disk) arrays.set(`${controller}/${disk}`, id)
}

function controllerOf({ controller, properties }: Block) {
  const state = pick(properties, 'controller status')
  const batteryState = pick(properties, 'status', 'overall backup unit status', 'backup power status')
  const slot = pick(properties, 'physical slot')
  return {
    id: controller,
    model: folded(pick(properties, 'controller model')),
    serial: textOrNull(pick(properties, 'controller serial number')),
    wwn: wwnOrNull(pick(properties, 'controller world wide name')),
    firmware: textOrNull(pick(properties, 'firmware')),
    bios: textOrNull(pick(properties, 'bios')),
    driver: folded(`${pick(properties, 'driver name') ?? ''} ${pick(properties, 'driver') ?? ''}`),
    pciAddress: pciAddress(pick(properties, 'pci address (domain:bus:device:function)')),
    pciSlot: slot === '65535' ? null : slot,
    cacheBytes: binaryBytes(pick(properties, 'installed memory', 'cache memory')),
    battery: batteryCondition(batteryState),
    batteryState,
    condition: arrayCondition(state),
    state,
  }
}

function driveOf({ controller, id, properties }: Block) {
  const state = pick(properties, 'status of logical device')
  return {
    controller,
    id,
    name: folded(pick(properties, 'logical device name')),
    wwn: wwnOrNull(pick(properties, 'volume unique identifier')),
    level: levelOf(pick(properties, 'raid level')),
    sizeBytes: binaryBytes(pick(properties, 'size')),
    stripeBytes: binaryBytes(pick(properties, 'stripe-unit size')),
    array: pick(properties, 'array') ?? id,
    // Version 4 goes on with the address: `(Disk0) (Bus: 1, Target: 0, Lun: 1)`.
    device: /^\/\S+/.exec(pick(properties, 'disk name') ?? '')?.[0] ?? null,
    cache: textOrNull(pick(properties, 'write-cache mode', 'write-cache status', 'caching')),
    condition: arrayCondition(state),
    state,
  }
}

function diskOf({ controller, id: number, properties }: Block, arrays: ReadonlyMap<string, string>) {
  const address = pick(properties, 'reported channel,device(t:l)', 'reported channel,device')
  const channel = /^\d+,\d+/.exec(address ?? '')?.[0] ?? null
  const serial = textOrNull(pick(properties, 'serial number'))
  const place = pick(properties, 'reported location') ?? ''
  // An enclosure, a connector, or on SmartRAID adapters `Backplane 0, Slot 1(Connector 0:CN2)` and `Direct Attached, Slot 4(…)`.
  const [, enclosure, bay] = /^(?:Enclosure )?(\w[\w ]{0,30}), (?:Slot|Device) (\d+)/.exec(place) ?? []
  const state = pick(properties, 'state')
  const solid = yesNo(pick(properties, 'ssd'))
  const speed = pick(properties, 'transfer speed')
  const vendor = folded(pick(properties, 'vendor'))
  const isMissing = vendor === '*MISSING*'
  const condition = diskCondition(state)
  const alert = yesNo(pick(properties, 's.m.a.r.t.'))
  const array = pick(properties, 'array') ?? arrays.get(`${controller}/${serial}`) ?? arrays.get(`${controller}/${channel}`)
  return {
    controller,
    id: channel ?? number,
    enclosure: enclosure?.replace('Connector', 'connector') ?? null,
    slot: integerOrNull(bay),
    deviceId: integerOrNull(number),
    serial,
    wwn: wwnOrNull(pick(properties, 'world-wide name')),
    vendor: isMissing || vendor === 'ATA' ? null : vendor,
    model: folded(pick(properties, 'model')),
    firmware: textOrNull(pick(properties, 'firmware')),
    partNumber: textOrNull(pick(properties, 'fru')),
    sizeBytes: binaryBytes(pick(properties, 'total size', 'size')),
    bus: busOf(speed),
    rotational: solid === null ? null : !solid,
    linkGbps: gigabitsOf(speed),
    array: array ?? (condition === 'online' ? null : 'none'),
    smartAlert: alert,
    condition: isMissing ? ('missing' as const) : alert === true && condition === 'online' ? ('failing' as const) : condition,
    state,
  }
}

function enclosureOf({ controller, id, properties }: Block) {
  const address = /^\d+,\d+/.exec(pick(properties, 'reported channel,device(t:l)', 'reported channel,device') ?? '')?.[0]
  return {
    controller,
    id: pick(properties, 'enclosure id') ?? address ?? id,
    wwn: wwnOrNull(pick(properties, 'enclosure logical identifier')),
    vendor: folded(pick(properties, 'vendor')),
    model: folded(pick(properties, 'model')),
    firmware: textOrNull(pick(properties, 'firmware')),
    slots: positive(integerOrNull(pick(properties, 'number of slots'))),
  }
}
