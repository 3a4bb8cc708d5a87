import { need, textOf } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { integer, list, name, section, text } from '../fields.ts'
import { pciDevices, pciIdNames, pciKind, udevPciNames } from '../formats/pci.ts'
import { lines } from '../formats/text.ts'

export default definePlugin({
  name: 'pci',
  version: 1,
  summary: 'PCI devices: ids, class, driver, and names where the host has a database of them.',
  probes: {
    'sysfs-pci': { files: ['/sys/bus/pci/devices/*/uevent'] },
    'sysfs-pci-functions': { sh: 'for f in /sys/bus/pci/devices/*/physfn; do if [ -e "$f" ]; then echo "$f"; fi; done' },
    'udev-pci': { sh: "exec grep -Hs '_FROM_DATABASE=' /run/udev/data/+pci:*", okCodes: [0, 1, 2] },
    // Only where udev has not looked the names up: the file has 1.5 MB, of which the lines of the ids at hand come back.
    'pci-ids': {
      sh: `for f in /run/udev/data/+pci:*; do if [ -e "$f" ]; then exit 127; fi; done
for f in /usr/share/hwdata/pci.ids /usr/share/misc/pci.ids /usr/share/pci.ids; do if [ -r "$f" ]; then break; fi; done
[ -r "$f" ] || exit 127
set -- /sys/bus/pci/devices/*/uevent
[ -e "$1" ] || exit 127
exec awk -v names="$f" '
  FILENAME != names { if (sub(/^PCI_ID=/, "")) { id = tolower($0); wanted[id]; wanted[substr(id, 1, 4)] } next }
  /^[0-9a-f]/ { vendor = substr($0, 1, 4); ours = vendor in wanted; if (ours) print vendor " " substr($0, 7) }
  !ours { next }
  /^C / { exit }
  /^\\t[0-9a-f]/ { id = vendor ":" substr($0, 2, 4); if (id in wanted) print id " " substr($0, 8) }
' "$@" "$f"`,
    },
  },
  schema: section({
    devices: list('PCI functions without SR-IOV virtual functions.', {
      address: name('Domain, bus, device and function, as in 0000:3b:00.0.', '/sys/bus/pci/devices'),
      vendorId: name('Vendor id, four hex digits.', 'uevent: PCI_ID'),
      deviceId: name('Device id, four hex digits.', 'uevent: PCI_ID'),
      subsystemVendorId: text('Id of the maker of the card, four hex digits.', 'uevent: PCI_SUBSYS_ID'),
      subsystemDeviceId: text('Id of the card among those of its maker, four hex digits.', 'uevent: PCI_SUBSYS_ID'),
      classId: text('Base class, subclass and programming interface, six hex digits.', 'uevent: PCI_CLASS'),
      kind: text('What it is for: storage, network, display, bridge, accelerator …', 'base class'),
      driver: text('Kernel driver; changes when a device is handed to a virtual machine.', 'uevent: DRIVER'),
      vendor: text('Name of the vendor in the database of the host.', 'udev hwdb, pci.ids'),
      model: text('Name of the device in the database of the host.', 'udev hwdb, pci.ids'),
    }),
    virtualFunctions: integer('SR-IOV virtual functions, which are not listed.', '/sys/bus/pci/devices/ADDRESS/physfn'),
  }),
  // Another card in the same slot is one removal and one addition.
  keys: { devices: [['address', 'vendorId', 'deviceId']] },
  // Names change when the database is updated, not when the device is.
  volatile: ['devices.driver', 'devices.vendor', 'devices.model', 'virtualFunctions'],

  parse(answers) {
    const all = pciDevices(need(answers['sysfs-pci']))
    const functions = virtualFunctions(need(answers['sysfs-pci-functions']))
    const named = udevPciNames(textOf(answers['udev-pci']) ?? '')
    const ids = pciIdNames(textOf(answers['pci-ids']) ?? '')
    return {
      devices: all
        .filter(({ address }) => !functions.has(address))
        .map((device) => ({
          ...device,
          kind: pciKind(device.classId),
          vendor: named.get(device.address)?.vendor ?? ids.get(device.vendorId) ?? null,
          model: named.get(device.address)?.device ?? ids.get(`${device.vendorId}:${device.deviceId}`) ?? null,
        })),
      virtualFunctions: functions.size,
    }
  },
})

function virtualFunctions(links: string): Set<string> {
  return new Set(lines(links).map((path) => path.split('/').at(-2) ?? ''))
}
