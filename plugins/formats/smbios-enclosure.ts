import { fieldText, type Structure } from './smbios.ts'

/** Where a server sits that shares its enclosure with others: a blade, or a node of a multi-node chassis. */
export interface Enclosure {
  /** True for a blade or node, false for a server of its own; null where neither chassis nor product is known. */
  readonly isBlade: boolean | null
  /** Serial number of the shared enclosure; null for a server of its own, and where the blade does not know it. */
  readonly enclosureSerial: string | null
  readonly enclosureModel: string | null
  /** Place in the enclosure, in the maker's words. */
  readonly enclosureSlot: string | null
}

/** What system (type 1), board (type 2), chassis (type 3) and HP's locator (type 204) say together. */
export function enclosureOf(
  system: Structure | undefined,
  board: Structure | undefined,
  chassis: Structure | undefined,
  locator: Structure | undefined,
): Enclosure {
  const product = fieldText(system, 'Product Name')
  const chassisType = fieldText(chassis, 'Type')
  const serial = fieldText(system, 'Serial Number')
  const located = fieldText(locator, 'Enclosure Serial')
  const isSupermicroNode = SUPERMICRO_NODE.test(product ?? '')
  const isBlade =
    isSupermicroNode ||
    located !== null ||
    BLADE.test(product ?? '') ||
    BLADE_CHASSIS.has(chassisType ?? '') ||
    fieldText(board, 'Type') === 'Server Blade'
  if (!isBlade)
    return {
      isBlade: product === null && chassisType === null ? null : false,
      enclosureSerial: null,
      enclosureModel: null,
      enclosureSlot: null,
    }
  const chassisSerial = fieldText(chassis, 'Serial Number')
  // HP writes the blade's own serial into the chassis of a blade, others write the enclosure's.
  const foreign = chassisSerial === serial || chassisSerial === fieldText(board, 'Serial Number') ? null : chassisSerial
  return {
    isBlade,
    // Supermicro: the system serial is on the shared chassis, the board's is the node's.
    enclosureSerial: located ?? (isSupermicroNode ? serial : foreign),
    enclosureModel: fieldText(locator, 'Enclosure Model') ?? (chassisType === 'Multi-system' ? fieldText(chassis, 'Version') : null),
    enclosureSlot: fieldText(locator, 'Server Bay') ?? fieldText(board, 'Location In Chassis'),
  }
}

const BLADE_CHASSIS = new Set(['Blade', 'Multi-system'])

const BLADE = /^(?:ProLiant (?:BL|WS|m\d)|Synergy |PowerEdge (?:M|MX|FC|C6)\d|UCSB-|PRIMERGY (?:BX|CX)|BladeCenter|Flex System)/

/** SuperBlade, MicroBlade, Twin, TwinPro, BigTwin, FatTwin, GrandTwin and MicroCloud, by their place in the model name. */
const SUPERMICRO_NODE = /^(?:SB[AEI]-|MB[AEI]-|SYS-F\d|(?:SYS|AS)[ -]{1,3}\d{3,4}(?:[TBDGF]T|T[PR]|M[A-Z]\d{0,2}(?=-H))-)/
