import type { Mount } from './mounts.ts'

const words = (text: string): readonly string[] => text.split(' ')

/** File systems that lie on this host's own disks: only these are ever asked for their size. */
export const LOCAL_TYPES = words(
  'bcachefs btrfs exfat ext2 ext3 ext4 f2fs fuseblk gfs2 hfsplus jfs jffs2 nilfs2 ntfs ntfs3 ocfs2 reiserfs ubifs ufs vfat vxfs xfs zfs',
)

const LOCAL: ReadonlySet<string> = new Set(LOCAL_TYPES)

const NETWORK: ReadonlySet<string> = new Set(
  words('9p afs beegfs ceph cifs fuse.ceph fuse.glusterfs fuse.moosefs fuse.s3fs gpfs lustre ncpfs nfs nfs4 pvfs2 smb3 smbfs virtiofs'),
)

/** Places where containers, snaps and sessions mount and unmount all day. */
export const BUSY_FOLDERS = [
  ...words('/dev /proc /run /snap /sys /var/run /var/snap /var/lib/containerd /var/lib/containers /var/lib/docker /var/lib/k0s'),
  ...words('/var/lib/kubelet /var/lib/lxcfs /var/lib/nerdctl /var/lib/rancher /var/lib/snapd'),
]

/** The mounts of a host that mean something next week, without those that come and go by themselves. */
export function lastingMounts(all: readonly Mount[]): Mount[] {
  const automatic = new Set(all.filter(({ type }) => type === 'autofs').map(({ mountPoint }) => mountPoint))
  const lasting = all.filter((one) => isLasting(one) && !isOnDemand(one, automatic))
  return withoutBinds(lasting)
}

export function isNetwork(type: string): boolean {
  return NETWORK.has(type)
}

function isLasting({ mountPoint, type }: Mount): boolean {
  // Whatever a diskless host or a container has as its root, it is one fact and stays.
  if (mountPoint === '/') return type !== 'rootfs'
  return (LOCAL.has(type) || NETWORK.has(type)) && !isBusy(mountPoint)
}

/** Below a folder in which mounting is daily business. The folder itself may well be a disk of its own. */
export function isBusy(mountPoint: string): boolean {
  return BUSY_FOLDERS.some((folder) => mountPoint.startsWith(`${folder}/`))
}

/** Home directories of users who log in, and what systemd mounts when somebody looks, and unmounts again. */
function isOnDemand({ mountPoint, type }: Mount, automatic: ReadonlySet<string>): boolean {
  if (type === 'autofs' || automatic.size === 0) return type === 'autofs'
  for (let at = mountPoint.length; at > 0; at = mountPoint.lastIndexOf('/', at - 1)) {
    if (automatic.has(mountPoint.slice(0, at))) return true
  }
  return false
}

/** A file system once for each of its subvolumes: bind mounts show it again in other places. */
function withoutBinds(all: readonly Mount[]): Mount[] {
  const whole = new Set(all.filter((one) => one.root === '/').map(({ number }) => number))
  const shown = new Set<string>()
  return all.filter((one) => {
    const { number, root, mountPoint, type, options } = one
    if (number === null || root === null || root === '/' || mountPoint === '/' || isNetwork(type)) return true
    if (type === 'btrfs') return options.includes(`subvol=${root}`)
    // Where the whole is mounted nowhere (an ostree host, a container), its first part stands for it.
    if (whole.has(number) || shown.has(number)) return false
    shown.add(number)
    return true
  })
}
