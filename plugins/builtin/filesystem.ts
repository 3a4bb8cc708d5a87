import { listOf, need, textOf, type Answer } from '../answer.ts'
import { definePlugin, type Answers, type Probe } from '../define.ts'
import { integer, list, name, section, text, textSet } from '../fields.ts'
import { blockNames, type BlockNames } from '../formats/block-names.ts'
import { dfRows, type DfRow } from '../formats/df.ts'
import { BUSY_FOLDERS, isBusy, isNetwork, lastingMounts, LOCAL_TYPES } from '../formats/mount-noise.ts'
import { mounts, type Mount } from '../formats/mounts.ts'
import { lines } from '../formats/text.ts'
import { UDEV_BLOCK } from '../formats/udev.ts'

/** Asked of local file systems alone: a dead server must not hang the run. */
const DF = {
  needs: ['df'],
  sh: `set --
while read -r a a a a m rest; do
  t=\${rest#* - } t=\${t%% *}
  case $t in ${LOCAL_TYPES.join('|')}) ;; overlay|squashfs|tmpfs) [ "$m" = / ] || continue;; *) continue;; esac
  case $m in ${BUSY_FOLDERS.map((folder) => `${folder}/*`).join('|')}) continue;; *\\\\*) m=$(printf '%b' "$m");; esac
  set -- "$@" "$m"
done </proc/self/mountinfo
[ $# -eq 0 ] || exec df -P -k "$@"`,
  okCodes: [0, 1],
} as const satisfies Probe

const probes = {
  mountinfo: { file: '/proc/self/mountinfo' },
  swaps: { file: '/proc/swaps' },
  'sysfs-block-dev': { files: ['/sys/class/block/*/dev'] },
  'udev-block': UDEV_BLOCK,
  df: DF,
  mount: { recorded: 'mount, or /proc/mounts' },
} as const

const DEVICE = 'Stable name of the device: UUID=…, /dev/mapper/…, a share or a data set; null where only a kernel name is known.'

export default definePlugin({
  name: 'filesystem',
  version: 1,
  summary: 'Mounted file systems, local and of the network, and swap areas. Containers, snaps and automounts are left out.',
  probes,
  schema: section({
    filesystems: list('Mounted file systems that stay: none of containers, snaps, sessions or automounters, and no bind mounts.', {
      uuid: text('UUID of the file system, as it spells it itself.', 'ID_FS_UUID in the udev database'),
      mountPoint: name('Where it is mounted.', '/proc/self/mountinfo, or df'),
      device: text(DEVICE, '/proc/self/mountinfo, and the udev database'),
      source: text('Device as it was mounted, such as /dev/sda1. May be another one after any boot.', '/proc/self/mountinfo'),
      type: text('Type, such as ext4 or nfs4.', '/proc/self/mountinfo'),
      label: text('Label of the file system.', 'ID_FS_LABEL in the udev database'),
      options: textSet('Mount options, without sizes, addresses and the like that move by themselves.', '/proc/self/mountinfo'),
      sizeBytes: integer('Size in bytes; null for network and ZFS file systems, whose size moves with what others use.', 'df -P -k'),
      usedBytes: integer('Bytes in use.', 'df -P -k'),
      freeBytes: integer('Bytes left for ordinary users.', 'df -P -k'),
    }),
    swaps: list('Swap areas in use, without compressed memory.', {
      uuid: text('UUID of the swap area.', 'ID_FS_UUID in the udev database'),
      device: name('UUID=…, /dev/mapper/…, or the path of a file; for want of those the kernel name.', '/proc/swaps, and udev'),
      source: text('Device or file as the kernel lists it. A device may have another name after any boot.', '/proc/swaps'),
      type: text('partition or file.', '/proc/swaps'),
      sizeBytes: integer('Size in bytes.', '/proc/swaps'),
      usedBytes: integer('Bytes in use.', '/proc/swaps'),
    }),
  }),
  keys: { filesystems: [['uuid', 'mountPoint'], 'mountPoint'], swaps: ['uuid', 'device'] },
  volatile: ['filesystems.source', 'filesystems.usedBytes', 'filesystems.freeBytes', 'swaps.source', 'swaps.usedBytes'],
  // df knows no network file systems; without names that last, devices would go by those of the kernel.
  decides: { mountinfo: ['filesystems'], 'sysfs-block-dev': ['filesystems', 'swaps'], 'udev-block': ['filesystems', 'swaps'] },

  parse(answers) {
    const names = blockNames(textOf(answers['sysfs-block-dev']) ?? '', textOf(answers['udev-block']) ?? '')
    return { filesystems: filesystems(answers, names), swaps: listOf(answers.swaps, (said) => swaps(said, names)) }
  },
})

function filesystems(answers: Answers<typeof probes>, names: BlockNames) {
  const table: Answer = answers.mountinfo.status === 'ok' ? answers.mountinfo : answers.mount
  // Where no local file system is mounted, as in a chroot, df was not even run.
  const df = textOf(answers.df)?.trim() ?? ''
  const sizes = df === '' ? [] : dfRows(df)
  if (table.status !== 'ok') {
    if (sizes.length === 0) need(answers.mountinfo)
    return unique(sizes.filter(isOnDisk).map((row) => filesystem(ofRow(row), row, names)))
  }
  // Where something is mounted over a file system, df says what lies on top.
  const byPoint = new Map(sizes.map((row) => [row.mountPoint, row]))
  return unique(lastingMounts(mounts(table.text)).map((mount) => filesystem(mount, byPoint.get(mount.mountPoint), names)))
}

function filesystem({ number, mountPoint, type, source, options }: Mount, row: DfRow | undefined, names: BlockNames) {
  const known = names.ofDevice(source, number)
  const size = isNetwork(type) ? undefined : row
  return {
    uuid: known.uuid,
    mountPoint,
    device: known.device ?? (/^\/dev\/(?!mapper\/)/.test(source) ? null : source || null),
    source: source || null,
    type: type || null,
    label: known.label,
    options: type === '' ? null : lastingOptions(options),
    sizeBytes: type === 'zfs' ? null : (size?.sizeBytes ?? null),
    usedBytes: size?.usedBytes ?? null,
    freeBytes: size?.freeBytes ?? null,
  }
}

/** Without what the kernel or the server chooses anew at each mount. */
function lastingOptions(options: readonly string[]): string[] {
  const kept = options.filter(
    (one) =>
      one !== '' && !/^(?:seclabel|size|nr_inodes|(?:client|mount)?addr|(?:mount)?port|lowerdir|upperdir|workdir|fd)(?:=|$)/.test(one),
  )
  return [...new Set(kept)]
}

/** What df alone tells, which knows no types: devices of this host, in places that stay. */
function isOnDisk({ device, mountPoint }: DfRow): boolean {
  return device.startsWith('/dev/') && !device.startsWith('/dev/loop') && !isBusy(mountPoint)
}

function ofRow({ device, mountPoint, type }: DfRow): Mount {
  return { number: null, root: null, mountPoint, type: type ?? '', source: device, options: [] }
}

/** One item for each file system and place; the later one hides the earlier. */
function unique<T extends { readonly uuid: string | null; readonly mountPoint: string }>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [`${one.uuid} ${one.mountPoint}`, one])).values()]
}

/** `/dev/dm-1  partition  2097148  0  -2`, sizes in KiB; each area once. */
function swaps(said: string, names: BlockNames) {
  const areas = lines(said).flatMap((line) => {
    const match = /^(\S+)\s+(partition|file)\s+(\d{1,12})\s+(\d{1,12})/.exec(line)
    if (match === null || /^\/(?:dev\/)?zram\d/.test(match[1]!)) return []
    const [, source, type, size, used] = match
    const known = names.ofDevice(source!, null)
    return [
      {
        uuid: known.uuid,
        device: known.device ?? source!,
        source: source!,
        type: type!,
        sizeBytes: Number(size) * 1024,
        usedBytes: Number(used) * 1024,
      },
    ]
  })
  return [...new Map(areas.map((one) => [one.device, one])).values()]
}
