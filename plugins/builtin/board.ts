import { Unusable } from '../errors.ts'
import { definePlugin } from '../define.ts'
import { flag, section, text } from '../fields.ts'
import { BOARD_PROBES, boardFacts } from '../formats/board-sources.ts'

export default definePlugin({
  name: 'board',
  version: 1,
  summary: 'Vendor, model and serial numbers of system, board and chassis, firmware, and the enclosure of a blade.',
  probes: BOARD_PROBES,
  schema: section({
    vendor: text('Maker of the system.', 'SMBIOS type 1; /sys/class/dmi/id/sys_vendor; device tree; /proc/sysinfo'),
    product: text('Model of the system.', 'SMBIOS type 1; /sys/class/dmi/id/product_name; device-tree model'),
    version: text('Version of the system; with Lenovo the model name.', 'SMBIOS type 1; /sys/class/dmi/id/product_version'),
    sku: text("Maker's order number of the configuration.", 'SMBIOS type 1; /sys/class/dmi/id/product_sku'),
    family: text('Product family.', 'SMBIOS type 1; /sys/class/dmi/id/product_family'),
    serial: text(
      'Serial number of the system. Where it equals enclosureSerial, all servers of the enclosure have it.',
      'SMBIOS type 1, root',
    ),
    uuid: text('UUID of the system, lower case.', 'SMBIOS type 1, root; device-tree vm,uuid; /proc/sysinfo'),
    biosVendor: text('Maker of the firmware.', 'SMBIOS type 0; /sys/class/dmi/id/bios_vendor'),
    biosVersion: text('Version of the firmware.', 'SMBIOS type 0; /sys/class/dmi/id/bios_version'),
    biosDate: text('Release date of the firmware, month first, as the maker writes it.', 'SMBIOS type 0; /sys/class/dmi/id/bios_date'),
    boardVendor: text('Maker of the main board.', 'SMBIOS type 2; /sys/class/dmi/id/board_vendor'),
    boardProduct: text('Model of the main board.', 'SMBIOS type 2; /sys/class/dmi/id/board_name'),
    boardVersion: text('Version of the main board.', 'SMBIOS type 2; /sys/class/dmi/id/board_version'),
    boardSerial: text('Serial number of the main board.', 'SMBIOS type 2, root'),
    chassisType: text('Kind of chassis in the words of the SMBIOS specification.', 'SMBIOS type 3; /sys/class/dmi/id/chassis_type'),
    chassisSerial: text("Serial number of the chassis: of a blade, its own or its enclosure's.", 'SMBIOS type 3, root'),
    assetTag: text("The owner's mark on the chassis.", 'SMBIOS type 3; /sys/class/dmi/id/chassis_asset_tag'),
    isBlade: flag('Whether the server shares an enclosure: a blade, or a node of a multi-node chassis.', 'SMBIOS types 1 to 3 and 204'),
    enclosureSerial: text(
      'Serial number of the enclosure or frame that the server shares with others.',
      'SMBIOS types 1, 3, 204; device-tree system-id',
    ),
    enclosureModel: text('Model of the shared enclosure.', 'SMBIOS types 3 and 204'),
    enclosureSlot: text("Place in the shared enclosure, in the maker's words.", 'SMBIOS types 2 and 204'),
  }),
  keys: {},
  volatile: [],

  parse(answers) {
    const board = boardFacts(answers)
    if (board.status !== 'ok') throw new Unusable(board)
    return board.facts
  },
})
