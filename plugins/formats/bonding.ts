import { linkAddressOrNull, type LinkFacts } from './link.ts'
import { integerOrNull, lines } from './text.ts'

/** Members from texts of `/proc/net/bonding/*`. Which bond it is, the text does not say. */
export function bondingLinks(text: string): LinkFacts[] {
  const links: Draft[] = []
  let current: Draft | undefined
  for (const line of lines(text)) {
    if (line.startsWith('Ethernet Channel Bonding Driver')) current = undefined
    const pair = /^(Slave Interface|Speed|Permanent HW addr): (\S{1,64})/.exec(line)
    if (pair === null) continue
    if (pair[1] === 'Slave Interface') {
      current = { name: pair[2]! }
      links.push(current)
    } else if (current !== undefined && pair[1] === 'Speed') current.speedMbps = integerOrNull(pair[2])
    else if (current !== undefined) current.permanentMac = linkAddressOrNull(pair[2])
  }
  return links
}

interface Draft {
  readonly name: string
  permanentMac?: string | null
  speedMbps?: number | null
}
