/**
 * Where a block device sits in the machine, from its kernel path: `pci-0000:00:1f.2-ata-1` from
 * `/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda`. Follows the names that udev gives below
 * /dev/disk/by-path, so that hosts with and without udev say the same. Null for a virtual device.
 *
 * @param port number of an ATA port within its controller: the kernel's own number (ata1) counts over all controllers
 */
export function addressOf(path: string, port: string | null = null): string | null {
  const parts: string[] = []
  let platform = false
  const replace = (kind: string, part: string): void => {
    if (parts.at(-1)?.startsWith(kind) === true) parts.pop()
    parts.push(part)
  }
  for (const segment of path.split('/')) {
    const fixed = FIXED.find(([pattern]) => pattern.test(segment))
    if (fixed === undefined) {
      if (segment === 'platform') platform = true
      // Only the last of nested platform devices: buses above it are not named.
      else if (platform && /^[\w,]+[.:]/.test(segment)) replace('platform-', `platform-${segment}`)
      continue
    }
    platform = false
    const [pattern, kind, name] = fixed
    const part = segment.replace(pattern, name)
    // A new host bridge below another device (a VMD domain, an SoC's PCIe controller): both are named.
    if (kind === 'bridge') parts.push('pci-')
    else if (kind === 'ata') return [...parts, `ata-${port ?? part}`].join('-')
    else replace(kind, part)
  }
  return parts.filter((part) => part !== 'pci-').join('-') || null
}

/** How a device is attached, from its kernel path and name; null where the path does not say. `scsi` where only the command set is known. */
export function busOf(path: string, name: string): string | null {
  return BUSES.find(([pattern]) => pattern.test(`${path}\n${name}`))?.[1] ?? null
}

const FIXED: readonly (readonly [segment: RegExp, kind: string, name: string])[] = [
  [/^pci[0-9a-f]{4,5}:[0-9a-f]{2}$/, 'bridge', ''],
  [/^([0-9a-f]{4,5}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/, 'pci-', 'pci-$1'],
  [/^ata(\d+)$/, 'ata', '$1'],
  [/^\d+-([\d.]+):(\d+\.\d+)$/, 'usb-', 'usb-0:$1:$2'],
  // Host numbers count over all controllers in the order in which they were found; udev counts within the controller too.
  [/^\d+:(\d+:\d+:\d+)$/, 'scsi-', 'scsi-0:$1'],
  [/^nvme\d+(?:c\d+)?n(\d+)$/, 'nvme-', 'nvme-$1'],
  [/^([0-9a-f]\.[0-9a-f]\.[0-9a-f]{4})$/, 'ccw-', 'ccw-$1'],
  [/^(vbd-\d+)$/, 'xen-', 'xen-$1'],
  [/^(namespace\d+\.\d+)$/, 'nd-', 'nd-$1'],
  [/^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/, 'vmbus-', 'vmbus-$1'],
  [/^([0-9a-f]{8})$/, 'vio-', 'vio-$1'],
]

const BUSES: readonly (readonly [pattern: RegExp, bus: string])[] = [
  [/\/usb\d+\//, 'usb'],
  [/\nnvme/, 'nvme'],
  [/\nmmcblk/, 'mmc'],
  [/\/rport-\d/, 'fc'],
  [/\/session\d+\//, 'iscsi'],
  [/\/end_device-\d/, 'sas'],
  [/\/ata\d+\//, 'ata'],
  [/\/host\d+\//, 'scsi'],
  [/\/virtio\d+\/block\//, 'virtio'],
  [/\/vbd-\d+\//, 'xen'],
  [/\ndasd/, 'ccw'],
  [/\npmem/, 'nvdimm'],
  [/\/ide\d+\//, 'ata'],
  [/\ncciss/, 'scsi'],
]
