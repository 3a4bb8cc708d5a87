import { lines, textOrNull } from './text.ts'
import { decodeUdev, udevDatabase, type UdevDevice } from './udev.ts'

/** What holds a file system or swap area, under names that outlive the kernel's. */
interface KnownDevice {
  readonly uuid: string | null
  readonly label: string | null
  /** `UUID=…` or `/dev/mapper/…`. */
  readonly device: string | null
}

export interface BlockNames {
  /** @param source the device as it was named, such as /dev/sda1 @param number its number, such as 8:1, where that is known */
  ofDevice(source: string, number: string | null): KnownDevice
}

/**
 * Names of block devices, from `path:number` lines of /sys/class/block and from the udev database: nothing is read from a device.
 * A Btrfs mount has a number of its own, and /proc/swaps has none: those are found by their kernel name.
 */
export function blockNames(sysfs: string, udev: string): BlockNames {
  const byNumber = udevDatabase(udev)
  const numbers = new Map<string, string>()
  for (const line of lines(sysfs)) {
    const match = /^\/sys\/class\/block\/([^/]+)\/dev:(\d+:\d+)$/.exec(line)
    if (match !== null) numbers.set(match[1]!.replaceAll('!', '/'), match[2]!)
  }
  const byMapper = new Map([...byNumber.values()].map((one) => [one.properties.get('DM_NAME'), one]))
  return {
    ofDevice(source, number) {
      const kernel = source.startsWith('/dev/') ? source.slice('/dev/'.length) : ''
      const mapper = kernel.startsWith('mapper/') ? byMapper.get(kernel.slice('mapper/'.length)) : undefined
      const found = byNumber.get(number ?? '') ?? mapper ?? byNumber.get(numbers.get(kernel) ?? '')
      return found === undefined ? { uuid: null, label: null, device: null } : known(found)
    },
  }
}

function known({ properties: of }: UdevDevice): KnownDevice {
  const uuid = textOrNull(of.get('ID_FS_UUID'))
  const mapper = textOrNull(of.get('DM_NAME'))
  return {
    uuid,
    label: textOrNull(decodeUdev(of.get('ID_FS_LABEL_ENC')) ?? of.get('ID_FS_LABEL')),
    device: uuid !== null ? `UUID=${uuid}` : mapper !== null ? `/dev/mapper/${mapper}` : null,
  }
}
