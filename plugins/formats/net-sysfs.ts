import { linkAddressOrNull, linkKind, type LinkFacts, type LinkKind } from './link.ts'
import { assignments, integerOrNull, lines, pathValues, textOrNull } from './text.ts'

/**
 * Interfaces from `path:value` lines of `/sys/class/net/NAME/ATTRIBUTE`, or of the device's own path (`/sys/devices/…/net/NAME/ATTRIBUTE`).
 * `links` is `ls -ld` of the symbolic links: the device's own path, `master` and `device/physfn`; null where nobody could tell.
 */
export function sysfsLinks(values: string, links: string | null): LinkFacts[] {
  const targets = links === null ? null : linkTargets(links)
  const byName = new Map<string, Map<string, string>>()
  const devices = new Map<string, string>()
  for (const [path, value] of pathValues(values)) {
    const match = /\/net\/([^/]{1,64})\/(\S{1,100})$/.exec(path)
    if (match === null) continue
    const [, name, attribute] = match
    const known = byName.get(name!) ?? new Map<string, string>()
    byName.set(name!, known.set(attribute!, value))
    if (path.startsWith('/sys/devices/')) devices.set(name!, path.slice(0, match.index))
  }
  const byIndex = new Map([...byName].map(([name, attributes]) => [attributes.get('ifindex'), name]))
  return [...byName]
    .filter(([, attributes]) => attributes.has('address') || attributes.has('mtu'))
    .map(([name, attributes]) => {
      const target = targets?.get(name)
      const device = target === undefined ? devices.get(name) : target.slice(0, Math.max(0, target.lastIndexOf('/net/')))
      const link = linkOf(name, attributes, device, targets)
      // The index that other kinds give may be one of another network namespace.
      const parent = STACKED.has(link.kind ?? '') ? byIndex.get(attributes.get('iflink')) : undefined
      return parent === undefined || parent === name ? link : { ...link, parent }
    })
}

function linkOf(
  name: string,
  attributes: ReadonlyMap<string, string>,
  device: string | undefined,
  targets: ReadonlyMap<string, string> | null,
): LinkFacts {
  const mac = linkAddressOrNull(attributes.get('address'))
  const isHardware = device !== undefined && !device.includes('/virtual')
  const physicalFunction = targets?.get(`${name}/device/physfn`)
  const assigned = attributes.get('addr_assign_type')
  const isEthernet = attributes.get('addr_len') === undefined ? mac?.length === 17 : attributes.get('addr_len') === '6'
  return {
    name,
    kind: kindOf(attributes, isHardware, physicalFunction !== undefined),
    mac,
    isRandomMac: assigned === undefined ? null : assigned === '1',
    permanentMac:
      linkAddressOrNull(attributes.get('bonding_slave/perm_hwaddr')) ?? (isHardware && isEthernet && assigned === '0' ? mac : null),
    mtu: integerOrNull(attributes.get('mtu')),
    speedMbps: speedOf(attributes.get('speed')),
    duplex: textOrNull(attributes.get('duplex')),
    operState: attributes.get('operstate') ?? null,
    driver: textOrNull(assignments(attributes.get('device/uevent') ?? '').get('DRIVER')),
    busAddress: isHardware ? busAddressOf(device) : null,
    isUsb: device === undefined ? null : USB.test(device),
    physicalFunction: physicalFunction === undefined ? null : lastName(physicalFunction),
    master: targets === null ? null : lastName(targets.get(`${name}/master`) ?? 'none'),
    bondMode: textOrNull(attributes.get('bonding/mode')?.split(' ', 1)[0]),
  }
}

function kindOf(attributes: ReadonlyMap<string, string>, isHardware: boolean, isFunction: boolean): LinkKind | null {
  // include/uapi/linux/if_arp.h: 772 loopback, 768 ipip, 769 ip6tnl, 776 sit, 778 gre, 823 gre over IPv6, 512 ppp.
  const type = attributes.get('type')
  if (type === '772') return 'loopback'
  if (['512', '768', '769', '776', '778', '823'].includes(type ?? '')) return 'tunnel'
  if (isFunction) return 'virtual-function'
  const kind = linkKind(assignments(attributes.get('uevent') ?? '').get('DEVTYPE'))
  if (kind !== null) return kind
  if (attributes.has('tun_flags')) return 'tap'
  return isHardware ? 'physical' : null
}

/** PCI address where there is one; else what the kernel calls the device on its bus. Numbers of USB buses change from start to start. */
function busAddressOf(device: string): string | null {
  const parts = device.split('/')
  const last = parts.at(-1)!
  if (USB.test(device)) return null
  if (PCI.test(last)) return last
  const above = parts.at(-2) ?? ''
  return last.startsWith('virtio') ? (PCI.test(above) ? above : null) : textOrNull(last)
}

function speedOf(text: string | undefined): number | null {
  const speed = integerOrNull(text)
  // -1 as signed, and as 16 and 32 bit unsigned number in older kernels: not known.
  return speed === null || speed <= 0 || speed === 65_535 || speed === 4_294_967_295 ? null : speed
}

/** Target of each symbolic link, by its path below `/sys/class/net/`. */
function linkTargets(text: string): Map<string, string> {
  const targets = new Map<string, string>()
  for (const line of lines(text)) {
    const start = line.indexOf(ROOT)
    const arrow = line.indexOf(' -> ', start)
    if (start !== -1 && arrow !== -1) targets.set(line.slice(start + ROOT.length, arrow), line.slice(arrow + 4).trim())
  }
  return targets
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

const STACKED: ReadonlySet<string> = new Set(['vlan', 'macvlan', 'ipvlan'])
const ROOT = '/sys/class/net/'
const USB = /\/usb\d{1,3}\//
const PCI = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/
