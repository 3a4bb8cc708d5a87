import type { Probe } from '../define.ts'
import { pathValues } from './text.ts'

/** One block device of /sys, with the attributes of the device below it. */
export interface SysfsBlock {
  /** Kernel name, such as sda or cciss/c0d0. */
  readonly name: string
  /** Kernel path below /sys. */
  readonly path: string
  /** Attributes of the block device: `size`, `queue/rotational` and so on. */
  readonly block: ReadonlyMap<string, string>
  /** Attributes of the device that it belongs to: `model`, `vendor` and so on. */
  readonly device: ReadonlyMap<string, string>
  /** Number of its ATA port within the controller. */
  readonly port: string | null
}

/**
 * Attributes of whole disks as `path:value` lines under their real paths, which say where a disk sits in the machine. What the kernel
 * cached when it found the disk: reading it wakes none.
 */
export const SYSFS_BLOCK = {
  sh: `set --
for d in /sys/block/*; do
  case $d in */loop*|*/ram*|*/zram*|*/fd[0-9]*|*/sr[0-9]*|*/nbd*|*/rbd*|*/dm-*|*/md*|*/zd[0-9]*|*/'*') continue;; esac
  cd -P "$d" 2>/dev/null || continue
  p=$PWD
  case $p in */block/*/*|*/devices/*) ;; *) p=$(pwd -P);; esac # mksh keeps the link's name
  q=\${p%/*} q=\${q%/block}
  set -- "$@" "$p/dev" "$p/size" "$p/removable" "$p/hidden" "$p/queue/rotational" "$p/serial" "$p/wwid" "$q/vendor" "$q/model" "$q/rev" \\
    "$q/wwid" "$q/serial" "$q/firmware_rev" "$q/name" "$q/fwrev" "$q/uid"
  case $q in */ata[0-9]*/host*) set -- "$@" "\${q%/host*}"/ata_port/*/port_no;; esac
done
cd /
[ $# -eq 0 ] || exec grep -Hs '' "$@"`,
  needs: ['/sys/block'],
  okCodes: [0, 1, 2],
} as const satisfies Probe

/**
 * The pages 0x80 and 0x89 that the kernel keeps of SCSI and ATA disks, made printable byte by byte: where there is no udev, they alone hold the
 * serial number and the whole model and firmware of an ATA disk. The headings are tail's own.
 */
export const SYSFS_BLOCK_VPD = {
  sh: `set --
for d in /sys/block/sd*; do
  cd -P "$d" 2>/dev/null || continue
  p=$PWD
  case $p in */devices/*) ;; *) p=$(pwd -P);; esac
  for f in "\${p%/block/*}"/vpd_pg8[09]; do [ -r "$f" ] && set -- "$@" "$f"; done
done
cd /
[ $# -eq 0 ] || tail -n +1 /dev/null "$@" | tr -c ' -~' '?'`,
} as const satisfies Probe

/** Block devices by their lines. A device that has no line of its own, only one below it, is not listed. */
export function sysfsBlocks(text: string): SysfsBlock[] {
  const folders = new Map<string, Map<string, string>>()
  const ports = new Map<string, string>()
  const blocks = new Map<string, string>()
  for (const [full, value] of pathValues(text)) {
    const path = full.startsWith('/sys/') ? full.slice(4) : full
    const port = /^(.*\/ata\d+)\/ata_port\/ata\d+\/port_no$/.exec(path)
    if (port !== null) ports.set(port[1]!, value)
    const at = path.endsWith('/queue/rotational') ? path.length - '/queue/rotational'.length : path.lastIndexOf('/')
    const folder = path.slice(0, at)
    const name = folder.slice(folder.lastIndexOf('/') + 1)
    // The kernel gives a name once: a second folder of that name is a broken line.
    if (isBlock(folder) && !blocks.has(name)) blocks.set(name, folder)
    const values = folders.get(folder) ?? new Map<string, string>()
    values.set(path.slice(at + 1), value)
    folders.set(folder, values)
  }
  return [...blocks].map(([name, path]) => ({
    name: name.replaceAll('!', '/'),
    path,
    block: folders.get(path)!,
    device: folders.get(parentOf(path)) ?? new Map<string, string>(),
    port: ports.get(path.slice(0, path.indexOf('/host'))) ?? null,
  }))
}

/** What the kernel keeps of a disk's own words. */
export interface VpdPages {
  /** Unit serial number (page 0x80). */
  serial: string | null
  /** What an ATA disk says of itself (page 0x89). */
  ata: AtaIdentity | null
}

/** Pages by kernel path of the SCSI device. */
export function vpdPages(text: string): Map<string, VpdPages> {
  const found = new Map<string, VpdPages>()
  const parts = text.split('==> /')
  for (const part of parts.slice(1)) {
    const end = part.indexOf(' <==')
    const [path, page] = part.slice(0, end).split('/vpd_pg')
    if (end === -1 || page === undefined) continue
    const bytes = part.slice(end + ' <==?'.length)
    const known = found.get(path!.slice('sys'.length)) ?? { serial: null, ata: null }
    // Four bytes of heading, then text; the last byte is the line end before the next heading.
    if (page === '80') known.serial = bytes.slice(4).replaceAll('?', ' ').trim() || null
    else if (page === '89' && bytes.length >= 60 + 512) known.ata = ataIdentity(bytes.slice(60))
    found.set(path!.slice('sys'.length), known)
  }
  return found
}

interface AtaIdentity {
  readonly serial: string | null
  readonly firmware: string | null
  readonly model: string | null
}

/** IDENTIFY DEVICE data: texts lie in words of two bytes, the second one first. */
function ataIdentity(bytes: string): AtaIdentity {
  const words = (from: number, to: number): string | null => {
    const text = bytes.slice(from * 2, (to + 1) * 2).replace(/(.)(.)/g, '$2$1')
    return text.replace(/[ ?]+/g, ' ').trim() || null
  }
  return { serial: words(10, 19), firmware: words(23, 26), model: words(27, 46) }
}

function isBlock(folder: string): boolean {
  return /\/block\/[^/]+$/.test(folder) || /\/nvme\d+(?:c\d+)?n\d+$/.test(folder)
}

/** `…/0:0:0:0` of `…/0:0:0:0/block/sda`, and `…/nvme0` of `…/nvme0/nvme0n1`. */
function parentOf(path: string): string {
  const above = path.slice(0, path.lastIndexOf('/'))
  return above.endsWith('/block') ? above.slice(0, -'/block'.length) : above
}
