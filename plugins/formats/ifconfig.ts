import { linkAddressOrNull, prefixOf, type LinkFacts, type LinkKind } from './link.ts'
import { integerOrNull, lines } from './text.ts'

/**
 * Interfaces from `ifconfig -a`, in the layouts of net-tools 1 (`eth0  Link encap:Ethernet  HWaddr …`, also BusyBox) and 2 (`eth0: flags=…`).
 * An alias (`eth0:1`) is an address of its interface. Which IPv6 addresses are temporary it does not say.
 */
export function ifconfigLinks(text: string): LinkFacts[] {
  const links = new Map<string, Draft>()
  let current: Draft | undefined
  for (const line of lines(text)) {
    const head = /^([^\s:]\S{0,63}?):? +(?=Link encap:|flags=)/.exec(line)
    if (head !== null) {
      const name = head[1]!.replace(/:[\w-]{1,15}$/, '')
      current = links.get(name) ?? { name, ipv4: [], ipv6: [] }
      links.set(name, current)
    } else if (!/^\s/.test(line)) current = undefined
    if (current !== undefined) readDetail(current, line)
  }
  return [...links.values()]
}

interface Draft {
  readonly name: string
  kind?: LinkKind
  mac?: string | null
  mtu?: number | null
  readonly ipv4: string[]
  readonly ipv6: string[]
}

function readDetail(link: Draft, line: string): void {
  const mac = /(?:HWaddr|^\s+ether|^\s+infiniband) +(\S{17,59})/.exec(line)
  if (mac !== null) link.mac ??= linkAddressOrNull(mac[1])
  if (/Link encap:Local Loopback|[<,]LOOPBACK[,>]/.test(line)) link.kind = 'loopback'
  const mtu = /\b(?:MTU:|mtu )(\d{1,9})/.exec(line)
  if (mtu !== null) link.mtu ??= integerOrNull(mtu[1])
  const ipv4 = /^\s+inet (?:addr:)? ?([\d.]{7,15})/.exec(line)
  if (ipv4 !== null) {
    const length = prefixOf(/(?:netmask |Mask:)([\d.]{7,15})/.exec(line)?.[1])
    link.ipv4.push(length === null ? `${ipv4[1]}/32` : `${ipv4[1]}/${length}`)
  }
  const ipv6 = /^\s+inet6 (?:addr: ?)?([0-9a-fA-F:.]{2,45})(?:%\w{1,15})?(?:\/| +prefixlen )(\d{1,3})/.exec(line)
  if (ipv6 !== null) link.ipv6.push(`${ipv6[1]!.toLowerCase()}/${ipv6[2]}`)
}
