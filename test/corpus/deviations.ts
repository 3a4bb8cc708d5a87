import type { Verdict } from './compare.ts'

/** Where we say another thing than a source, on purpose. The reason would convince the source's author. */
interface Deviation {
  /** Source of the cases, or `*`. */
  readonly source: string
  readonly plugin: string
  /** The verdict's field without its item, as in `disks.model`. */
  readonly field: string
  /** What the two values look like, as `expected => actual` in JSON; without it, any two. */
  readonly pattern?: RegExp
  readonly reason: string
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    source: 'glpi-agent',
    plugin: 'board',
    field: 'biosDate',
    pattern: /^null => "\d\d\/\d\d\/\d{4}"$/,
    reason: 'dmidecode 1.x calls the field Release, later ones Release Date; the source reads the later word alone',
  },
  {
    source: 'ansible',
    plugin: 'basic',
    field: 'osVersionFull',
    pattern: /^"(\d+)(?:\.\d+)?" => "\1\.[\d.]+"$/,
    reason: 'debian_version and centos-release hold the point release; ansible cuts it off, the other sources read it',
  },
  {
    source: 'ansible',
    plugin: 'basic',
    field: 'osVersionFull',
    pattern: /^"[\d.]+" => null$/,
    reason: 'no file of the case holds a version: ansible took it from a module that was mocked',
  },
  {
    source: 'ansible',
    plugin: 'cpu',
    field: 'sockets',
    pattern: /^1 => (?:null|[2-9]|\d\d)$/,
    reason:
      'ansible says 1 where it does not understand the text (s390); drawer, book and physical id tell the sockets apart, or nothing does',
  },
  {
    source: '*',
    plugin: 'port',
    field: 'dynamicSockets',
    pattern: /^"(?:udp|tcp (?:127\.|::1:))[^"]*" => null$/,
    reason: 'the kernel picked this port and picks another one at the next start: a change without a meaning, counted in dynamicPorts',
  },
  {
    source: 'checkbox',
    plugin: 'disk',
    field: 'disks.serial',
    pattern: /^"(?:5[0-9a-f]{15}|6[0-9a-f]{31})" => "[^"]+"$/,
    reason: 'ID_SERIAL_SHORT of a SCSI disk repeats its WWN (page 0x83); the serial number is that of page 0x80, as lsblk and smartctl say',
  },
  {
    source: 'checkbox',
    plugin: 'disk',
    field: 'disks.wwn',
    pattern: /^"0x(6[0-9a-f]{15})" => "0x\1[0-9a-f]{16}"$/,
    reason:
      'ID_WWN is the first half of a 128-bit name, which the volumes of one controller may share; the whole one is ID_WWN_WITH_EXTENSION',
  },
  {
    source: 'checkbox',
    plugin: 'disk',
    field: 'disks.bus',
    pattern: /^"(?:ata|scsi)" => "(?:usb|sas|fc|iscsi)"$/,
    reason: 'ID_BUS names the commands that a disk speaks; the bus is how it is attached, which its device path tells',
  },
  {
    source: 'util-linux',
    plugin: 'disk',
    field: 'disks.vendor',
    pattern: /^"ATA" => null$/,
    reason: 'ATA is what the SCSI translation calls every ATA disk (SAT, INQUIRY data), not who made it',
  },
  {
    source: 'util-linux',
    plugin: 'disk',
    field: 'disks.model',
    pattern: /^"(.{13,16})" => "\1.+"$/,
    reason: 'SCSI INQUIRY data cut an ATA model at 16 characters; the recorded tree holds the whole one (wwid, page 0x89)',
  },
  {
    source: 'scrutiny',
    plugin: 'disk',
    field: 'disks.serial',
    pattern: /^"X+" => null$/,
    reason: 'a serial number that was masked identifies nothing',
  },
  {
    source: 'jc',
    plugin: 'disk',
    field: 'disks.name',
    pattern: /^"fd\d" => null$/,
    reason: 'a floppy drive is no disk: virtual machines have an empty one',
  },
  {
    source: 'jc',
    plugin: 'disk',
    field: 'disks.sizeApproxBytes',
    pattern: /^(?:1468006|4096) => null$/,
    reason: 'a floppy drive is no disk: virtual machines have an empty one',
  },
  {
    source: 'jc',
    plugin: 'filesystem',
    field: 'filesystems',
    pattern: /"device":"(?:(?:dev)?tmpfs|udev|none|shm|overlay|cgroup\w*|\/dev\/loop\d+)"/,
    reason: 'memory, container and snap mounts come and go by themselves; the register lists what stays',
  },
  {
    source: 'jc',
    plugin: 'service',
    field: 'units',
    pattern: /^\{"name":"[^"]+\.device",.* => null$/,
    reason: 'systemd has a device unit for each name that udev gives a disk, interface or terminal: nobody makes or enables them',
  },
  {
    source: 'jc',
    plugin: 'service',
    field: 'units',
    pattern: /^\{"name":(?:"[^"]+\.scope"|"user@\d+\.service"|.*"state":"transient").* => null$/,
    reason: 'made at run time by logins and programs, and gone with them: transient in the words of systemd',
  },
  {
    source: 'jc',
    plugin: 'service',
    field: 'units',
    pattern: /^\{.*"load":"not-found".* => null$/,
    reason: 'something wants a unit of this name, and the host has none',
  },
  {
    source: 'jc',
    plugin: 'service',
    field: 'units',
    pattern: /^\{"name":"(?:snap-[^"]+\.mount"|[^"]+\.(?:mount|swap)","state":"generated").* => null$/,
    reason:
      'written anew at each start from /etc/fstab, and at each refresh of a snap: file systems, swap areas and snaps are lists of their own',
  },
  {
    source: 'glpi-agent',
    plugin: 'software',
    field: 'packages',
    pattern: /^null => \{"name":"(?:core\d*|snapd|bare)",.*"manager":"snap"\}$/,
    reason: 'GLPI leaves out bases and snapd itself: they are installed, and get security updates of their own',
  },
  {
    source: 'check-raid',
    plugin: 'raid',
    field: 'logicalDrives.name',
    pattern: /^"(\S+)" => "\1 .+"$/,
    reason: 'check_raid ends a name at its first space; MegaCli prints the whole name',
  },
  {
    source: 'glpi-agent',
    plugin: 'raid',
    field: 'physicalDisks.device',
    pattern: /^"\/dev\/sg\d+" => null$/,
    reason: "GLPI makes /dev/sgN of the adapter's own number phys_id:N; nothing says that the kernel counts its generic devices alike",
  },
]

/** Why a value that is not equal is meant so; null where it is not. */
export function deviationOf(plugin: string, source: string, { field, expected, actual }: Verdict): string | null {
  const path = field.replace(/\[[^\]]*\]/g, '')
  const values = `${JSON.stringify(expected ?? null)} => ${JSON.stringify(actual ?? null)}`
  const rule = DEVIATIONS.find(
    (one) =>
      one.plugin === plugin && (one.source === '*' || one.source === source) && one.field === path && (one.pattern?.test(values) ?? true),
  )
  return rule?.reason ?? null
}
