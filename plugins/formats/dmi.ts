import { enclosureOf, type Enclosure } from './smbios-enclosure.ts'
import { fieldText, type Structure } from './smbios.ts'
import { textOrNull, uuidOrNull } from './text.ts'

/** What the SMBIOS tables say of a machine as a whole; placeholders are null. */
export interface DmiFacts extends Enclosure {
  readonly vendor: string | null
  readonly product: string | null
  readonly version: string | null
  readonly sku: string | null
  readonly family: string | null
  readonly serial: string | null
  readonly uuid: string | null
  readonly biosVendor: string | null
  readonly biosVersion: string | null
  readonly biosDate: string | null
  readonly boardVendor: string | null
  readonly boardProduct: string | null
  readonly boardVersion: string | null
  readonly boardSerial: string | null
  readonly chassisType: string | null
  readonly chassisSerial: string | null
  readonly assetTag: string | null
}

export function dmiFacts(structures: readonly Structure[]): DmiFacts {
  const first = (type: number): Structure | undefined => structures.find((one) => one.type === type)
  const [bios, system, chassis, board] = [first(0), first(1), first(3), mainBoard(structures)]
  const chassisType = fieldText(chassis, 'Type')
  return {
    vendor: fieldText(system, 'Manufacturer'),
    product: fieldText(system, 'Product Name'),
    version: fieldText(system, 'Version'),
    sku: skuOf(fieldText(system, 'SKU Number')),
    family: fieldText(system, 'Family'),
    serial: fieldText(system, 'Serial Number'),
    uuid: uuidOrNull(system?.fields.get('UUID')),
    biosVendor: fieldText(bios, 'Vendor'),
    biosVersion: fieldText(bios, 'Version'),
    biosDate: fieldText(bios, 'Release Date'),
    boardVendor: fieldText(board, 'Manufacturer'),
    boardProduct: fieldText(board, 'Product Name'),
    boardVersion: fieldText(board, 'Version'),
    boardSerial: fieldText(board, 'Serial Number'),
    chassisType: chassisType === 'Other' ? null : chassisType,
    chassisSerial: fieldText(chassis, 'Serial Number'),
    assetTag: fieldText(chassis, 'Asset Tag'),
    ...enclosureOf(system, board, chassis, first(204)),
  }
}

/** Field by field the first source that knows it: the sources are views of the same tables, and not all of them are shown to everybody. */
export function mergeFacts(facts: readonly [DmiFacts, ...DmiFacts[]]): DmiFacts {
  return facts.reduceRight((weaker, stronger) => {
    const known = Object.entries(stronger).filter(([, value]) => value !== null)
    // Both have the fields of DmiFacts, each with a value of its type.
    return { ...weaker, ...(Object.fromEntries(known) as Partial<DmiFacts>) }
  })
}

/** SMBIOS's part of the evidence for who a host is. */
export interface DmiIdentity {
  readonly vendor: string | null
  readonly product: string | null
  readonly serial: string | null
  readonly uuid: string | null
  readonly boardSerial: string | null
  readonly chassisSerial: string | null
}

/** What identifies this machine alone: the serial of an enclosure is the same for all servers in it. */
export function dmiIdentity({ vendor, product, serial, uuid, boardSerial, chassisSerial, enclosureSerial }: DmiFacts): DmiIdentity {
  const own = (value: string | null): string | null => (value === enclosureSerial ? null : value)
  return { vendor, product, serial: own(serial), uuid, boardSerial: own(boardSerial), chassisSerial: own(chassisSerial) }
}

/** Dell writes "SKU=0715;ModelName=PowerEdge R740". */
function skuOf(said: string | null): string | null {
  const sku = /^SKU=([^;]{0,80});/.exec(said ?? '')?.[1]
  return sku === undefined ? said : sku === 'NotProvided' ? null : textOrNull(sku)
}

/** Large machines have several boards: the one that hosts the others, else the first. */
function mainBoard(structures: readonly Structure[]): Structure | undefined {
  const boards = structures.filter((one) => one.type === 2)
  return boards.find(({ fields }) => MAIN_BOARDS.has(fields.get('Type') ?? '')) ?? boards.find(isHosting) ?? boards[0]
}

const MAIN_BOARDS = new Set(['Motherboard', 'Server Blade'])

function isHosting({ fields }: Structure): boolean {
  return fields.get('Features')?.includes('hosting board') === true
}
