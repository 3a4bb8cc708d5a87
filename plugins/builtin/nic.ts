import { firstOf, listOf, textOf, type Answer } from '../answer.ts'
import { definePlugin, type Answers } from '../define.ts'
import { Unusable } from '../errors.ts'
import { choice, integer, list, name, section, text, textSet } from '../fields.ts'
import { bondingLinks } from '../formats/bonding.ts'
import { ethtoolLinks } from '../formats/ethtool.ts'
import { ifconfigLinks } from '../formats/ifconfig.ts'
import { settleLinks } from '../formats/interfaces.ts'
import { ipJsonLinks } from '../formats/ip-json.ts'
import { ipLinks } from '../formats/ip-link.ts'
import { LINK_KINDS, mergeLinks, type LinkFacts } from '../formats/link.ts'
import { sysfsLinks } from '../formats/net-sysfs.ts'
import { defaultGateways, nameServers } from '../formats/routes.ts'
import { udevLinks } from '../formats/udev-net.ts'
import { vlanLinks } from '../formats/vlan-config.ts'
import { rememberLast } from '../remember-last.ts'

const probes = {
  'sysfs-net': {
    files: [
      '/sys/class/net/*/address',
      '/sys/class/net/*/addr_assign_type',
      '/sys/class/net/*/addr_len',
      '/sys/class/net/*/type',
      '/sys/class/net/*/ifindex',
      '/sys/class/net/*/iflink',
      '/sys/class/net/*/mtu',
      '/sys/class/net/*/operstate',
      '/sys/class/net/*/speed',
      '/sys/class/net/*/duplex',
      '/sys/class/net/*/tun_flags',
      '/sys/class/net/*/uevent',
      '/sys/class/net/*/device/uevent',
      '/sys/class/net/*/bonding/mode',
      '/sys/class/net/*/bonding_slave/perm_hwaddr',
    ],
  },
  'sysfs-net-links': {
    sh: 'exec ls -ld /sys/class/net/* /sys/class/net/*/master /sys/class/net/*/device/physfn 2>/dev/null',
    needs: ['/sys/class/net'],
    okCodes: [0, 1, 2],
  },
  // BusyBox knows no -d; of kinds and VLANs sysfs and /proc tell there.
  'ip-d-addr': { sh: 'ip -d addr 2>/dev/null || ip addr', needs: ['ip'] },
  ifconfig: { sh: 'if command -v ip >/dev/null || ! command -v ifconfig >/dev/null; then exit 127; fi\nifconfig -a' },
  'proc-net-vlan-config': { file: '/proc/net/vlan/config', root: true },
  'proc-net-route': { file: '/proc/net/route' },
  'etc-resolv-conf': { file: '/etc/resolv.conf' },
  'ip-addr': { recorded: 'ip addr' },
  'ip-link': { recorded: 'ip link' },
  'ip-j-addr': { recorded: 'ip -j addr' },
  'proc-net-bonding': { recorded: 'cat /proc/net/bonding/*' },
  ethtool: { recorded: 'ethtool NAME' },
  'udevadm-export-db': { recorded: 'udevadm info --export-db' },
} as const

export default definePlugin({
  name: 'nic',
  version: 1,
  summary: 'Network interfaces: addresses, permanent MAC, bonds, bridges, VLANs, SR-IOV; default gateways and name servers.',
  probes,
  schema: section({
    interfaces: list('Network interfaces without the host ends of containers and virtual machines.', {
      name: name('Name in the kernel.', '/sys/class/net'),
      kind: choice(LINK_KINDS, 'What it is; null for what none of the sources names.', 'sysfs DEVTYPE and device, ip -d addr'),
      mac: text('Hardware address in use; null when the kernel makes up another one at every start.', 'sysfs address, ip addr'),
      permanentMac: text(
        'Address burnt in or given by the hypervisor, whatever a bond made of it; null of what is no hardware.',
        'sysfs bonding_slave/perm_hwaddr and address with addr_assign_type 0, ip -d addr (permaddr: iproute2 5.6)',
      ),
      mtu: integer('Largest packet in bytes.', 'sysfs mtu, ip addr'),
      speedMbps: integer('Negotiated speed in Mbit/s; null when the link is down, and of what is no hardware.', 'sysfs speed, ethtool', 1),
      duplex: text('full or half; null when the link is down.', 'sysfs duplex, ethtool'),
      operState: text('State after RFC 2863, such as up, down, lowerlayerdown; unknown of what has no state.', 'sysfs operstate, ip addr'),
      driver: text('Kernel driver of the hardware.', 'sysfs device/uevent'),
      busAddress: text('PCI address, else the name on its bus; null of USB, where it changes.', 'target of /sys/class/net/NAME'),
      ipv4: textSet('Addresses with prefix length, as far as it is told.', 'ip addr, ifconfig'),
      ipv6: textSet('Addresses with prefix length, without temporary ones (RFC 8981).', 'ip addr, ifconfig'),
      master: text('Bond, bridge, team or VRF that holds it; none when nothing does.', 'sysfs master, ip addr'),
      members: textSet('Interfaces that it holds.', 'their masters'),
      parent: text(
        'Interface it lies on: of a VLAN or macvlan the one below, of a virtual function the physical one.',
        'sysfs iflink, physfn; ip',
      ),
      vlanId: integer('VLAN number; null of what is no VLAN.', 'ip -d addr, /proc/net/vlan/config'),
      bondMode: text('Mode of a bond, such as active-backup or 802.3ad; null of others.', 'sysfs bonding/mode, ip -d addr'),
    }),
    defaultGateways: textSet('Gateways of the IPv4 default routes.', '/proc/net/route'),
    dnsServers: textSet('Name servers of the system resolver.', '/etc/resolv.conf'),
    virtualPorts: integer('Host ends of containers and virtual machines, which are not listed.', '/sys/class/net'),
  }),
  // A NIC whose driver does not tell its own address has its name alone.
  keys: { interfaces: ['permanentMac', 'name'] },
  volatile: ['virtualPorts', 'interfaces.operState', 'interfaces.duplex'],
  // sysfs tells which addresses the kernel makes up anew at every start, and what is hardware.
  decides: { 'sysfs-net': ['interfaces'], 'sysfs-net-links': ['interfaces'] },

  parse(answers) {
    const { interfaces, virtualPorts } = readLinks(answers)
    return {
      interfaces: interfaces.map((link) => ({
        name: link.name,
        kind: link.kind ?? null,
        mac: link.mac ?? null,
        permanentMac: link.permanentMac ?? null,
        mtu: atLeast(0, link.mtu),
        speedMbps: atLeast(1, link.speedMbps),
        duplex: link.duplex ?? null,
        operState: link.operState ?? null,
        driver: link.driver ?? null,
        busAddress: link.busAddress ?? null,
        ipv4: link.ipv4 ? [...new Set(link.ipv4)] : null,
        ipv6: link.ipv6 ? [...new Set(link.ipv6)] : null,
        master: link.master ?? null,
        members: link.members,
        parent: link.parent ?? null,
        vlanId: atLeast(0, link.vlanId),
        bondMode: link.bondMode ?? null,
      })),
      defaultGateways: setOf(answers['proc-net-route'], defaultGateways),
      dnsServers: setOf(answers['etc-resolv-conf'], nameServers),
      virtualPorts,
    }
  },
})

/**
 * Addresses of network hardware that belong to this machine: evidence of its identity. Without USB, which moves between machines, virtual
 * functions, and addresses that somebody chose: the same one may be given to every guest. KVM's are random within their prefix.
 */
export function permanentMacs(answers: Answers<typeof probes>): string[] {
  const { interfaces } = readLinks(answers)
  const macs = interfaces.flatMap(({ kind, permanentMac, isUsb }) =>
    kind === 'physical' && isUsb !== true && typeof permanentMac === 'string' && isUnique(permanentMac) ? [permanentMac] : [],
  )
  return macs.toSorted()
}

function atLeast(minimum: number, value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value >= minimum ? value : null
}

function setOf(answer: Answer, read: (text: string) => string[]): string[] | null {
  return listOf(answer, (whole) => [...new Set(read(whole))])
}

function isUnique(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 0b11) === 0 || mac.startsWith('52:54:00:')
}

const readLinks = rememberLast(probes, (answers) => settleLinks(mergedLinks(answers)))

function mergedLinks(answers: Answers<typeof probes>): LinkFacts[] {
  const links = mergeLinks(
    from(answers['ip-d-addr'], (ip) => ipLinks(ip, { hasAddresses: true })),
    from(answers['ip-addr'], (ip) => ipLinks(ip, { hasAddresses: true })),
    from(answers['ip-link'], (ip) => ipLinks(ip, { hasAddresses: false })),
    from(answers['ip-j-addr'], ipJsonLinks),
    from(answers['proc-net-vlan-config'], vlanLinks),
    from(answers['sysfs-net'], (values) => sysfsLinks(values, textOf(answers['sysfs-net-links']))),
    from(answers['ifconfig'], ifconfigLinks),
    from(answers['proc-net-bonding'], bondingLinks),
    from(answers['ethtool'], ethtoolLinks),
    from(answers['udevadm-export-db'], udevLinks),
  )
  if (links.length > 0) return links
  const answer = firstOf(answers['ip-d-addr'], answers['sysfs-net'])
  throw new Unusable(answer.status === 'ok' ? { status: 'absent', reason: 'no answer names an interface' } : answer)
}

function from(answer: Answer, read: (text: string) => LinkFacts[]): LinkFacts[] {
  return answer.status === 'ok' ? read(answer.text) : []
}
