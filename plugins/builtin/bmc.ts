import { firstOf, need, textOf } from '../answer.ts'
import { definePlugin, type Probe } from '../define.ts'
import { choice, integer, list, section, text } from '../fields.ts'
import { controllerOf, frusOf, lanOf } from '../formats/ipmitool.ts'
import { pathValues, textOrNull } from '../formats/text.ts'

/** Where the kernel has no driver for the controller, ipmitool would only wait for one. */
function ipmitool(command: string, timeoutSeconds: number) {
  return {
    sh: `set -- /dev/ipmi0 /dev/ipmi/0 /dev/ipmidev/0
while [ $# -gt 0 ] && [ ! -e "$1" ]; do shift; done
[ $# -gt 0 ] || { echo 'no /dev/ipmi0: no management controller, or its driver is not loaded' >&2; exit 127; }
command -v ipmitool >/dev/null 2>&1 || { echo 'ipmitool is not installed' >&2; exit 127; }
${command}`,
    root: true,
    timeoutSeconds,
  } as const satisfies Probe
}

const LAN = 'ipmitool lan print'
const MC = 'ipmitool mc info'
const FRU = 'ipmitool fru print'

export default definePlugin({
  name: 'bmc',
  version: 1,
  summary: 'Management controller (IPMI): its address and firmware, and the parts that it knows by their serial numbers. Needs root.',
  probes: {
    // The community string of SNMP is a secret, and stays on the host.
    'ipmitool-lan': ipmitool("ipmitool lan print | grep -v 'Community String'", 15),
    'ipmitool-mc': ipmitool('ipmitool mc info', 15),
    // Part by part over a slow bus; its exit status is 1 where one part is not there, so what it prints decides.
    'ipmitool-fru': ipmitool('ipmitool fru print | grep .', 60),
    'sysfs-bmc': {
      sh: "grep -Hs '' /sys/devices/platform/ipmi_bmc.*/firmware_revision /sys/devices/platform/ipmi_bmc.*/ipmi_version || exit 127",
    },
  },
  schema: section({
    ipAddress: text('IPv4 address of the first LAN channel; none where it has none.', LAN),
    ipSource: choice(['static', 'dhcp', 'bios', 'other'], 'Where that address comes from.', LAN),
    subnetMask: text('Subnet mask that goes with it.', LAN),
    gateway: text('Default gateway, or none.', LAN),
    mac: text('MAC address.', LAN),
    vlanId: text('VLAN id, or none.', LAN),
    firmwareVersion: text(
      'Version of the firmware, without auxiliary digits.',
      `${MC}; /sys/devices/platform/ipmi_bmc.*/firmware_revision`,
    ),
    ipmiVersion: text('Version of the IPMI specification.', `${MC}; /sys/devices/platform/ipmi_bmc.*/ipmi_version`),
    manufacturer: text('Maker of the controller.', MC),
    manufacturerId: integer('Enterprise number of the maker (IANA).', MC),
    product: text('Product by its number, where ipmitool knows it.', MC),
    productId: integer("The maker's number of the product.", MC),
    frus: list('Field replaceable units that say something of themselves.', {
      id: integer('Number of the unit; 0 is the machine itself.', FRU),
      name: text('What it is, such as Builtin FRU Device or PSU1.', FRU),
      manufacturer: text('Maker.', FRU),
      product: text('Product name.', FRU),
      partNumber: text('Part number of the product.', FRU),
      serial: text('Serial number of the product.', FRU),
      assetTag: text('Asset tag.', FRU),
      boardManufacturer: text('Maker of its board.', FRU),
      boardProduct: text('Name of its board.', FRU),
      boardPartNumber: text('Part number of its board.', FRU),
      boardSerial: text('Serial number of its board.', FRU),
      chassisPartNumber: text('Part number of the chassis.', FRU),
      chassisSerial: text('Serial number of the chassis.', FRU),
    }),
  }),
  keys: { frus: ['serial', 'boardSerial', 'id'] },
  volatile: [],

  parse(answers) {
    const { 'ipmitool-lan': lan, 'ipmitool-mc': mc, 'ipmitool-fru': fru, 'sysfs-bmc': sysfs } = answers
    need(firstOf(mc, lan, fru, sysfs))
    const values = [...pathValues(textOf(sysfs) ?? '')]
    const value = (name: string): string | null => textOrNull(values.find(([path]) => path.endsWith(`/${name}`))?.[1])
    const controller = controllerOf(textOf(mc) ?? '')
    return {
      ...lanOf(textOf(lan) ?? ''),
      ...controller,
      firmwareVersion: controller.firmwareVersion ?? value('firmware_revision'),
      ipmiVersion: controller.ipmiVersion ?? value('ipmi_version'),
      // Without the program nobody knows of parts: they are not gone.
      frus: fru.status === 'ok' ? frusOf(fru.text) : null,
    }
  },
})
