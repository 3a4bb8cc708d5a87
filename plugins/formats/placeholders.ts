import { isPlaceholder, macOrNull } from './text.ts'

/**
 * Whether a serial number or the like can be one host's own. Stricter than `isPlaceholder`: a value may be worth showing and still be the
 * same on thousands of hosts. A number that is refused here costs one piece of evidence; one that is not may join two hosts.
 */
export function canIdentify(value: string): boolean {
  const word = value.trim().toLowerCase().replace(/ +/g, ' ')
  const bare = word.replace(/[^0-9a-z]/g, '')
  return (
    bare.length >= 4 &&
    !isPlaceholder(word) &&
    !NO_SERIALS.has(word) &&
    !/^(.)\1*$/.test(bare) &&
    !/^[01]+$/.test(bare) &&
    !/^\d\.\d(\.\d)?$/.test(word) &&
    !/default|serial|string|o\.e\.m|filled/.test(word) &&
    !isRun(bare)
  )
}

/** Whether a MAC address can be one host's own: no multicast, no address that software gives to each of its interfaces. */
export function macCanIdentify(mac: string): boolean {
  const known = macOrNull(mac)
  if (known === null || (Number.parseInt(known.slice(0, 2), 16) & 1) === 1) return false
  return !NO_MACS.has(known) && !NO_MAC_PREFIXES.some((prefix) => known.startsWith(prefix))
}

/** Digits that count up or down, 0 coming after 9. */
function isRun(text: string): boolean {
  return COUNTING.includes(text) || COUNTING_DOWN.includes(text)
}

const COUNTING = '0123456789'.repeat(4)
const COUNTING_DOWN = '9876543210'.repeat(4)

// From the deny lists of GLPI, OCS, Fleet, ServiceNow, osquery and systemd, without what `isPlaceholder` knows or the patterns above catch.
const NO_SERIALS = new Set([
  'eval',
  'iatpass',
  'tulip computers',
  'sys-9876543210',
  'sn-12345',
  'sn-1234567890',
  'sn-123456fvgv3i0b8o5n6n7k',
  '123456789000',
  'vmware',
  // The same in every guest: QEMU's ATA disks, and disks of LIO and tgt targets that were given no serial.
  'qm00001',
  'qm00002',
  'qm00003',
  'qm00004',
  'qm00005',
  'beaf11',
  'drive-scsi0',
  'drive-scsi1',
  'uninitialized',
  // cloud-init without a cloud.
  'iid-datasource-none',
  'iid-vmware-imc',
  'iid-local01',
  'nocloud',
])

/** VMware's host adapters, docker, VRRP, HSRP. */
const NO_MAC_PREFIXES = ['00:50:56:c0:', '02:42:', '00:00:5e:00:01:', '00:00:0c:07:ac:', '44:45:53:54:']

// VirtualBox host adapters, bridges without members, WAN miniports, dongles and boards that were all made with one address.
const NO_MACS = new Set([
  '0a:00:27:00:00:00',
  'fe:ff:ff:ff:ff:ff',
  '00:0b:ca:fe:00:00',
  '20:41:53:59:4e:ff',
  '33:50:6f:45:30:30',
  '50:50:54:50:30:30',
  '24:b6:20:52:41:53',
  '02:00:4e:43:50:49',
  '02:80:37:ec:02:00',
  '00:a0:c6:00:00:00',
  '10:11:11:11:11:11',
  '00:01:02:7d:9b:1c',
  '00:08:a1:46:06:35',
  '00:08:a1:66:e2:1a',
  '00:09:dd:10:37:68',
  '00:0f:ea:9a:e2:f0',
  '00:10:5a:72:71:f3',
  '00:11:11:85:08:8b',
])
