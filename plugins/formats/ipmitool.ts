import { addProperty, colonLine, pick, type Properties } from './colon-lines.ts'
import { folded } from './raid-words.ts'
import { integerOrNull, lines, macOrNull, textOrNull } from './text.ts'

/** `ipmitool lan print`: how the management controller is on the network. */
export function lanOf(text: string) {
  const said = propertiesOf(text)
  const vlan = pick(said, '802.1q vlan id')
  return {
    ipAddress: addressOf(pick(said, 'ip address')),
    ipSource: sourceOf(pick(said, 'ip address source')),
    subnetMask: addressOf(pick(said, 'subnet mask')),
    gateway: addressOf(pick(said, 'default gateway ip')),
    mac: macOrNull(pick(said, 'mac address')),
    vlanId: vlan === null ? null : integerOrNull(vlan) === null ? 'none' : vlan,
  }
}

/** `ipmitool mc info`: the management controller itself. Its tables of makers and products are old, and say Unknown of many. */
export function controllerOf(text: string) {
  const said = propertiesOf(text)
  return {
    firmwareVersion: textOrNull(pick(said, 'firmware revision')),
    ipmiVersion: textOrNull(pick(said, 'ipmi version')),
    manufacturer: known(pick(said, 'manufacturer name')),
    manufacturerId: integerOrNull(pick(said, 'manufacturer id')),
    product: known(pick(said, 'product name')),
    productId: integerOrNull(pick(said, 'product id')?.split(' ')[0]),
  }
}

/** `ipmitool fru print`: one block a part, those left out that are not there or have nothing in their memory. */
export function frusOf(text: string) {
  const blocks: { readonly id: number; readonly name: string; readonly said: Properties }[] = []
  for (const line of lines(text)) {
    const head = /^FRU Device Description : (.{0,60}?) ?\(ID (\d{1,3})\)\s*$/.exec(line)
    const one = colonLine(line)
    if (head !== null) blocks.push({ id: Number(head[2]), name: head[1]!, said: new Map() })
    else if (one !== null && blocks.length > 0) addProperty(blocks.at(-1)!.said, one)
  }
  const first = new Map(blocks.toReversed().map((one) => [one.id, one]))
  return [...first.values()].filter(({ said }) => [...said.values()].some((value) => textOrNull(value) !== null)).map(fruOf)
}

function fruOf({ id, name, said }: { readonly id: number; readonly name: string; readonly said: Properties }) {
  return {
    id,
    name: folded(name),
    manufacturer: folded(pick(said, 'product manufacturer') ?? pick(said, 'board mfg')),
    product: folded(pick(said, 'product name')),
    partNumber: folded(pick(said, 'product part number')),
    serial: folded(pick(said, 'product serial')),
    assetTag: folded(pick(said, 'product asset tag')),
    boardManufacturer: folded(pick(said, 'board mfg')),
    boardProduct: folded(pick(said, 'board product')),
    boardPartNumber: folded(pick(said, 'board part number')),
    boardSerial: folded(pick(said, 'board serial')),
    chassisPartNumber: folded(pick(said, 'chassis part number')),
    chassisSerial: folded(pick(said, 'chassis serial')),
  }
}

function propertiesOf(text: string): Properties {
  const said: Properties = new Map()
  for (const line of lines(text)) {
    const one = colonLine(line)
    if (one !== null) addProperty(said, one)
  }
  return said
}

/** All zeros is what a controller without an address says. */
function addressOf(said: string | null): string | null {
  if (said === null || !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(said)) return null
  return said === '0.0.0.0' ? 'none' : said
}

function sourceOf(said: string | null): 'static' | 'dhcp' | 'bios' | 'other' | null {
  if (said === null) return null
  const word = /static|dhcp|bios/.exec(said.toLowerCase())?.[0]
  return word === 'static' || word === 'dhcp' || word === 'bios' ? word : 'other'
}

function known(said: string | null): string | null {
  return said === null || /^unknown\b/i.test(said) ? null : folded(said)
}
