import { addProperty, colonLine, pick, type Properties } from './colon-lines.ts'
import { arrayCondition, binaryBytes, busOf, diskCondition, folded, levelOf, positive, pciAddress } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { integerOrNull, lines, textOrNull } from './text.ts'
import { wwnOrNull } from './wwn.ts'

interface Block {
  readonly kind: 'controller' | 'volume' | 'disk' | 'enclosure' | 'other'
  readonly controller: string
  readonly id: string
  readonly properties: Properties
  /** Addresses of a volume's disks. */
  readonly members: string[]
}

/** `sas2ircu LIST` and `sas3ircu LIST`, and `DISPLAY n` of each controller, one behind the other: LSI and Broadcom adapters with IR firmware. */
export function sasIrcuView(text: string, family: 'sas2' | 'sas3'): RaidView {
  const blocks = blocksOf(text, family)
  const of = (kind: Block['kind']): Block[] => blocks.filter((one) => one.kind === kind)
  const volumes = new Map(of('volume').flatMap(({ controller, id, members }) => members.map((disk) => [`${controller}/${disk}`, id])))
  return {
    controllers: [...of('controller').map(controllerOf), ...listed(text, family)],
    logicalDrives: of('volume').map(volumeOf),
    physicalDisks: numbered(of('disk').map((one) => diskOf(one, volumes))),
    enclosures: of('enclosure').map(({ controller, properties }) => ({
      controller,
      id: pick(properties, 'enclosure#') ?? '?',
      wwn: wwnOrNull(pick(properties, 'logical id')?.replace(':', '')),
      slots: integerOrNull(pick(properties, 'numslots')),
    })),
  }
}

function blocksOf(text: string, family: string): Block[] {
  const blocks: Block[] = []
  let controller = `${family}:0`
  let section = ''
  let block: Block | null = null
  const open = (kind: Block['kind'], id = ''): void => {
    block = { kind, controller, id, properties: new Map(), members: [] }
    blocks.push(block)
  }
  for (const line of lines(text)) {
    const said = colonLine(line)
    if (said === null) continue
    const started = /^Read configuration has been initiated for controller (\d{1,3})/.exec(said.key)
    if (started !== null) controller = `${family}:${started[1]}`
    else if (/^(Controller|IR Volume|Physical device|Enclosure) information$/.test(said.key)) {
      section = said.key
      open(section === 'Controller information' ? 'controller' : 'other')
    } else if (/^IR volume \d{1,3}$/.test(said.key)) open('volume', said.key.slice(10))
    else if (said.key.startsWith('Device is a')) open(/Hard disk|Solid state/i.test(said.key) ? 'disk' : 'other')
    else if (section === 'Enclosure information' && said.key === 'Enclosure#') open('enclosure')
    if (block === null || said.value === null) continue
    const one: Block = block
    if (/^PHY\[\d{1,3}\] Enclosure#\/Slot#$/.test(said.key)) one.members.push(said.value)
    addProperty(one.properties, said)
  }
  return blocks
}

function controllerOf({ controller, properties }: Block) {
  const [segment, bus, device, part] = ['segment', 'bus', 'device', 'function'].map((name) => integerOrNull(pick(properties, name)))
  const slot = pick(properties, 'slot')
  return {
    id: controller,
    model: folded(pick(properties, 'controller type')),
    firmware: textOrNull(pick(properties, 'firmware version')),
    bios: textOrNull(pick(properties, 'bios version')),
    pciSlot: slot === 'Unknown' ? null : slot,
    pciAddress: pciAddress([segment, bus, device, part].map((number) => number?.toString(16)).join(':')),
  }
}

/** Rows `0  SAS3008  1000h  97h  00h:01h:00h:00h  1028h  1f53h`. */
function listed(text: string, family: string) {
  return lines(text).flatMap((line) => {
    const [, number, model, address] = /^ *(\d{1,3}) +(SAS\w{1,12}) +\w+h +\w+h +(\w+h:\w+h:\w+h:\w+h)/.exec(line) ?? []
    if (number === undefined) return []
    return [{ id: `${family}:${number}`, model: model!, pciAddress: pciAddress(address!.replaceAll('h', '')) }]
  })
}

function volumeOf({ controller, id, properties, members }: Block) {
  const state = pick(properties, 'status of volume')
  return {
    controller,
    id,
    array: id,
    name: folded(pick(properties, 'volume name')),
    wwn: wwnOrNull(pick(properties, 'volume wwid')),
    level: levelOf(pick(properties, 'raid level')),
    sizeBytes: megabytes(pick(properties, 'size (in mb)')),
    disks: members.length === 0 ? null : members.length,
    condition: arrayCondition(state),
    state,
  }
}

function diskOf({ controller, properties }: Block, volumes: ReadonlyMap<string, string>) {
  const [enclosure, slot] = [pick(properties, 'enclosure #'), pick(properties, 'slot #')]
  const [size, sectors] = (pick(properties, 'size (in mb)/(in sectors)') ?? '').split('/')
  const state = pick(properties, 'state')
  const type = pick(properties, 'drive type')
  const vendor = folded(pick(properties, 'manufacturer'))
  const id = `${enclosure ?? ''}:${slot ?? ''}`
  return {
    controller,
    id,
    enclosure,
    slot: integerOrNull(slot),
    serial: textOrNull(pick(properties, 'unit serial no(vpd)', 'serial no')),
    wwn: wwnOrNull(pick(properties, 'guid')),
    vendor: vendor === 'ATA' ? null : vendor,
    model: folded(pick(properties, 'model number')),
    firmware: textOrNull(pick(properties, 'firmware revision')),
    sizeBytes: bytesOf(size, sectors),
    bus: busOf(pick(properties, 'protocol')),
    rotational: type?.endsWith('_HDD') ? true : type?.endsWith('_SSD') ? false : null,
    array: volumes.get(`${controller}/${id}`) ?? 'none',
    condition: diskCondition(state),
    state,
  }
}

/** Each member of a volume that is missing is said to be at 0:0, where another disk may be: what comes later at an address gets a number. */
function numbered<D extends { readonly controller: string; readonly id: string }>(disks: readonly D[]): D[] {
  const counts = new Map<string, number>()
  return disks.map((disk) => {
    const address = `${disk.controller}/${disk.id}`
    const count = (counts.get(address) ?? 0) + 1
    counts.set(address, count)
    return count === 1 ? disk : { ...disk, id: `${disk.id}#${count}` }
  })
}

/** The last sector's number and so one less than their count; the megabytes tell whether a sector has 512 or 4096 bytes. */
function bytesOf(size: string | undefined, sectors: string | undefined): number | null {
  const [whole, last] = [megabytes(size), integerOrNull(sectors)]
  if (whole === null || last === null) return whole
  return positive((last + 1) * (whole > last * 2048 ? 4096 : 512))
}

function megabytes(said: string | null | undefined): number | null {
  return binaryBytes(said === null || said === undefined ? null : `${said} MB`)
}
