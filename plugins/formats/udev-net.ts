import { linkAddressOrNull, type LinkFacts } from './link.ts'
import { udevRecords } from './udev.ts'

/** Interfaces from `udevadm info --export-db`: its devices of SUBSYSTEM net. */
export function udevLinks(text: string): LinkFacts[] {
  return udevRecords(text)
    .map(({ properties }) => linkOf(properties))
    .filter((link) => link !== null)
}

function linkOf(properties: ReadonlyMap<string, string>): LinkFacts | null {
  const name = properties.get('INTERFACE')
  if (properties.get('SUBSYSTEM') !== 'net' || name === undefined || name === '') return null
  const path = properties.get('DEVPATH') ?? ''
  // "enx" and the address; systemd gives this name only where the address is the device's own (addr_assign_type 0).
  const hex = /^[a-z]{2}x([0-9a-f]{12})$/.exec(properties.get('ID_NET_NAME_MAC') ?? '')?.[1]
  const mac = linkAddressOrNull(hex?.match(/../g)?.join(':'))
  const isHardware = path !== '' && !path.includes('/virtual/')
  return {
    name,
    kind: name === 'lo' ? 'loopback' : isHardware ? 'physical' : null,
    mac,
    permanentMac: isHardware ? mac : null,
    driver: properties.get('ID_NET_DRIVER') || null,
    isUsb: path.includes('/usb'),
  }
}
