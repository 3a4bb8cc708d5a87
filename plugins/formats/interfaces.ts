import type { LinkFacts } from './link.ts'

/** Interfaces of an inventory: facts of all sources merged, and what only the whole list can tell. */
export function settleLinks(merged: readonly LinkFacts[]): {
  readonly interfaces: readonly (LinkFacts & { readonly members: string[] | null })[]
  /** Host ends of containers' and virtual machines' interfaces: left out, for each has its guest's life and a random name. */
  readonly virtualPorts: number
} {
  const links = merged.filter((link) => !isVirtualPort(link))
  const hardwareMacs = new Set(links.filter(isHardware).map(({ mac }) => mac))
  const owners = soleOwners(links)
  const held = Map.groupBy(links, ({ master }) => master ?? null)
  const functions = new Map(links.filter(({ kind }) => kind === 'physical').map(({ busAddress, name }) => [busAddress, name]))
  const interfaces = links.map((link) => {
    // A bridge keeps the mark of its random address when it takes its port's.
    const isMadeUp = link.isRandomMac === true && (isHardware(link) || !hardwareMacs.has(link.mac))
    return {
      ...link,
      mac: isMadeUp ? null : link.mac,
      permanentMac: owners.has(link.name) ? link.permanentMac : null,
      // A bond's or bridge's speed is the sum or the best of its members that are up; a tap's is made up.
      speedMbps: link.kind === null || link.kind === undefined || isHardware(link) ? link.speedMbps : null,
      ipv6: isMadeUp ? link.ipv6?.filter((address) => !isDerived(address, link.mac)) : link.ipv6,
      // The other end of a veth is no interface below it.
      parent: link.kind === 'veth' ? null : (link.parent ?? functions.get(link.physicalFunction ?? '') ?? null),
      // Nobody told of any master: then nobody knows who holds whom.
      members: held.get(null)?.length === links.length ? null : (held.get(link.name) ?? []).map(({ name }) => name),
    }
  })
  return { interfaces, virtualPorts: merged.length - links.length }
}

function isVirtualPort({ name, kind }: LinkFacts): boolean {
  return kind !== 'physical' && kind !== 'virtual-function' && (CONTAINER_PORT.test(name) || GUEST_PORT.test(name))
}

// Docker, podman, CNI, Calico, Cilium, AWS and Azure CNI, networks of docker compose; kube-proxy's address of every service there is.
const CONTAINER_PORT = /^(?:kube-ipvs0|veth\w+|cali\w+|lxc[0-9a-f]{6,}|eni[0-9a-f]{8,}|azv\w+|br-[0-9a-f]{12})$/
// libvirt, Proxmox, OpenStack, Xen, systemd-nspawn.
const GUEST_PORT = /^(?:(?:vnet|macvtap)\d+|(?:tap|vif)[\d.]+(?:i\d+|-emu)?|fw(?:br|pr|ln)\w+|(?:tap|q[vbrg][ob-]).{6,}|v[eb]-.+)$/

function isHardware({ kind }: LinkFacts): boolean {
  return kind === 'physical' || kind === 'virtual-function'
}

/**
 * Names of the interfaces whose permanent address is theirs alone. Azure and GCE give a fast path (a virtual function) the address of the
 * interface that holds it, and then it is the holder's.
 */
function soleOwners(links: readonly LinkFacts[]): Set<string> {
  const sole = new Set<string>()
  for (const [mac, owners] of Map.groupBy(links, ({ permanentMac }) => permanentMac ?? null)) {
    const names = new Set(owners.map(({ name }) => name))
    const own = owners.filter(({ master }) => !names.has(master ?? ''))
    if (mac !== null && own.length === 1) sole.add(own[0]!.name)
  }
  return sole
}

/** Whether the lower half of an IPv6 address is made from a hardware address (RFC 4291, appendix A). */
function isDerived(address: string, mac: string | null | undefined): boolean {
  const bytes = (mac ?? '').split(':').map((byte) => Number.parseInt(byte, 16))
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f]
  return address.includes(`:${words.map((word) => word.toString(16)).join(':')}/`)
}
