import { linkAddressOrNull, type LinkFacts } from './link.ts'
import { lines } from './text.ts'

/** Interfaces from `udevadm info --export-db`: its devices of SUBSYSTEM net. */
export function udevLinks(text: string): LinkFacts[] {
  const links: LinkFacts[] = []
  let properties = new Map<string, string>()
  for (const line of [...lines(text), 'P: ']) {
    if (line.startsWith('P: ')) {
      const link = linkOf(properties)
      if (link !== null) links.push(link)
      properties = new Map()
    } else if (line.startsWith('E: ')) {
      const at = line.indexOf('=')
      if (at !== -1) properties.set(line.slice(3, at), line.slice(at + 1))
    }
  }
  return links
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
