/** Words of the SMBIOS specification (DSP0134 3.7), in dmidecode's spelling; the index is the code, counted from 1. */

/** 7.4.1, without the lock bit. */
export const CHASSIS_TYPES = [
  'Other',
  'Unknown',
  'Desktop',
  'Low Profile Desktop',
  'Pizza Box',
  'Mini Tower',
  'Tower',
  'Portable',
  'Laptop',
  'Notebook',
  'Hand Held',
  'Docking Station',
  'All In One',
  'Sub Notebook',
  'Space-saving',
  'Lunch Box',
  'Main Server Chassis',
  'Expansion Chassis',
  'Sub Chassis',
  'Bus Expansion Chassis',
  'Peripheral Chassis',
  'RAID Chassis',
  'Rack Mount Chassis',
  'Sealed-case PC',
  'Multi-system',
  'CompactPCI',
  'AdvancedTCA',
  'Blade',
  'Blade Enclosing',
  'Tablet',
  'Convertible',
  'Detachable',
  'IoT Gateway',
  'Embedded PC',
  'Mini PC',
  'Stick PC',
]

/** 7.3.2 */
export const BOARD_TYPES = [
  'Unknown',
  'Other',
  'Server Blade',
  'Connectivity Switch',
  'System Management Module',
  'Processor Module',
  'I/O Module',
  'Memory Module',
  'Daughter Board',
  'Motherboard',
  'Processor+Memory Module',
  'Processor+I/O Module',
  'Interconnect Board',
]

/** 7.5.1 */
export const PROCESSOR_TYPES = ['Other', 'Unknown', 'Central Processor', 'Math Processor', 'DSP Processor', 'Video Processor']

/** 7.17.2 */
export const ARRAY_USES = ['Other', 'Unknown', 'System Memory', 'Video Memory', 'Flash Memory', 'Non-volatile RAM', 'Cache Memory']

/** 7.18.1 */
export const FORM_FACTORS = [
  'Other',
  'Unknown',
  'SIMM',
  'SIP',
  'Chip',
  'DIP',
  'ZIP',
  'Proprietary Card',
  'DIMM',
  'TSOP',
  'Row Of Chips',
  'RIMM',
  'SODIMM',
  'SRIMM',
  'FB-DIMM',
  'Die',
  'CAMM',
]

/** 7.18.2 */
export const MEMORY_TYPES = [
  'Other',
  'Unknown',
  'DRAM',
  'EDRAM',
  'VRAM',
  'SRAM',
  'RAM',
  'ROM',
  'Flash',
  'EEPROM',
  'FEPROM',
  'EPROM',
  'CDRAM',
  '3DRAM',
  'SDRAM',
  'SGRAM',
  'RDRAM',
  'DDR',
  'DDR2',
  'DDR2 FB-DIMM',
  'Unknown',
  'Unknown',
  'Unknown',
  'DDR3',
  'FBD2',
  'DDR4',
  'LPDDR',
  'LPDDR2',
  'LPDDR3',
  'LPDDR4',
  'Logical non-volatile device',
  'HBM',
  'HBM2',
  'DDR5',
  'LPDDR5',
  'HBM3',
]

/** 7.7.1: bits of a memory module's type, from bit 0. */
export const MODULE_TYPE_BITS = ['Other', 'Unknown', 'Standard', 'FPM', 'EDO', 'Parity', 'ECC', 'SIMM', 'DIMM', 'Burst EDO', 'SDRAM']

/** 7.5.4: the low three bits of a processor's status. */
export const PROCESSOR_STATES = [
  'Unknown',
  'Enabled',
  'Disabled By User',
  'Disabled By BIOS',
  'Idle',
  '<OUT OF SPEC>',
  '<OUT OF SPEC>',
  'Other',
]
