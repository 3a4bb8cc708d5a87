import { need, type Answer } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { integer, list, name, section, text } from '../fields.ts'
import { countedBlocks, freeTotals, listedBlocks, meminfoTotals } from '../formats/memory-totals.ts'
import { maxCapacityBytes, memorySlots, type MemorySlots } from '../formats/smbios-memory.ts'
import { UDEV_DMI, udevStructures } from '../formats/smbios-udev.ts'
import { SMBIOS_PROBES, smbiosStructures } from '../formats/smbios.ts'

const DIMM = 'SMBIOS type 17 (root); udev MEMORY_DEVICE_n_* since systemd 248'

export default definePlugin({
  name: 'memory',
  version: 1,
  summary: 'Memory modules by slot, how much memory is installed and online, and swap.',
  probes: {
    ...SMBIOS_PROBES,
    'udev-dmi': UDEV_DMI,
    meminfo: { file: '/proc/meminfo' },
    // One line instead of one file per block: a large machine has thousands.
    'memory-blocks': {
      sh: `cd /sys/devices/system/memory 2>/dev/null && read -r size <block_size_bytes || exit 127
set -- memory[0-9]*/state
n=0
for f; do read -r s <"$f" && [ "$s" = online ] && n=$((n+1)); done 2>/dev/null
echo "$size $# $n"`,
    },
    'sysfs-memory': { recorded: "grep -H '' /sys/devices/system/memory/{block_size_bytes,memory*/state}" },
    free: { recorded: 'free' },
  },
  schema: section({
    modules: list('Populated slots of the main memory.', {
      slot: name("Name of the slot on the board, with its bank where the board's names repeat.", DIMM),
      sizeBytes: integer('Size in bytes.', DIMM, 1),
      type: text('Kind of memory, such as DDR4.', DIMM),
      formFactor: text('Shape, such as DIMM.', DIMM),
      speedMTs: integer('Highest speed of the module in million transfers a second.', DIMM, 1),
      configuredSpeedMTs: integer('Speed that the firmware has set, in million transfers a second.', DIMM, 1),
      rank: integer('Number of ranks.', DIMM, 1),
      manufacturer: text('Maker; where the firmware gives a JEDEC code, the name behind it.', DIMM),
      serial: text('Serial number.', DIMM),
      partNumber: text("Maker's part number.", DIMM),
    }),
    slots: integer('Number of memory slots.', DIMM),
    emptySlots: integer('Number of slots without a module.', DIMM),
    installedBytes: integer('Sum of the modules in bytes; null where the size of one is not known.', DIMM, 1),
    maxCapacityBytes: integer('How much memory the firmware says the slots can hold, in bytes.', 'SMBIOS type 16 (root)', 1),
    totalBytes: integer(
      'Memory that the kernel manages, in bytes: what is installed less what firmware and kernel keep, and so another one with each kernel.',
      'MemTotal in /proc/meminfo',
    ),
    availableBytes: integer('Memory that can be had without swapping, in bytes.', 'MemAvailable in /proc/meminfo (Linux 3.14)'),
    swapBytes: integer('Swap space in bytes.', 'SwapTotal in /proc/meminfo'),
    onlineBytes: integer('Memory blocks that are online, in bytes.', '/sys/devices/system/memory/memory*/state'),
    offlineBytes: integer('Memory blocks that are offline, in bytes.', '/sys/devices/system/memory/memory*/state'),
  }),
  keys: { modules: ['serial', 'slot'] },
  volatile: ['totalBytes', 'availableBytes'],

  parse(answers) {
    const smbios = smbiosStructures(answers)
    const structures = smbios.status === 'ok' ? smbios.structures : []
    const slots = memorySlots(structures) ?? memorySlots(from(answers['udev-dmi'], udevStructures) ?? [])
    const totals = from(answers.meminfo, meminfoTotals) ?? from(answers.free, freeTotals)
    const blocks = from(answers['memory-blocks'], countedBlocks) ?? from(answers['sysfs-memory'], listedBlocks)
    if (slots === null && totals === null && blocks === null) need(answers.meminfo)
    return {
      modules: slots?.modules ?? null,
      slots: slots?.slots ?? null,
      emptySlots: slots?.emptySlots ?? null,
      installedBytes: sum(slots),
      maxCapacityBytes: maxCapacityBytes(structures),
      totalBytes: totals?.totalBytes ?? null,
      availableBytes: totals?.availableBytes ?? null,
      swapBytes: totals?.swapBytes ?? null,
      onlineBytes: blocks?.onlineBytes ?? null,
      offlineBytes: blocks?.offlineBytes ?? null,
    }
  },
})

function from<T>(answer: Answer, read: (text: string) => T): T | null {
  return answer.status === 'ok' ? read(answer.text) : null
}

function sum(slots: MemorySlots | null): number | null {
  const sizes = slots?.modules.map((one) => one.sizeBytes) ?? []
  return sizes.length === 0 || sizes.includes(null) ? null : sizes.reduce<number>((total, size) => total + (size ?? 0), 0)
}
