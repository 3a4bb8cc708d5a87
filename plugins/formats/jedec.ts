/**
 * The maker behind a JEDEC manufacturer code (JEP106), where firmware gives the code instead of a name, in one of its spellings: `80AD`, `00CE00B300CE`,
 * `0x830B`, `7F7F9E0000000000`, `JEDEC ID:80 2C`. Any other text, and a code that is not in the list, is returned as it is.
 */
export function jedecName(said: string | null): string | null {
  if (said === null) return null
  const hex = said
    .replace(/^JEDEC ID:/i, '')
    .replaceAll(' ', '')
    .replace(/^0x/i, '')
    .toUpperCase()
  if (!/^(?:[0-9A-F]{2}){1,12}$/.test(hex) || hex.length === 2) return said
  const bytes = hex.match(/../g)!.map((pair) => Number.parseInt(pair, 16))
  return NAMES.get(codeOf(bytes)) ?? said
}

/** Number of continuation codes and the code, both without their parity bits, as 0x018e. */
function codeOf(bytes: readonly number[]): number {
  const continued = bytes.findIndex((byte) => byte !== 0x7f)
  if (continued > 0) return (continued << 8) | (bytes[continued]! & 0x7f)
  // SPD of DDR and DDR2 has the code first, and zeros behind it.
  if (bytes.slice(1).every((byte) => byte === 0)) return bytes[0]! & 0x7f
  return ((bytes[0]! & 0x7f) << 8) | (bytes[1]! & 0x7f)
}

// JEP106 makers of memory modules met in servers; bank (from 0) and code without parity.
const NAMES = new Map([
  [0x0009, 'Intel'],
  [0x001c, 'Mitsubishi'],
  [0x002c, 'Micron'],
  [0x002d, 'SK Hynix'],
  [0x0041, 'Infineon'],
  [0x004e, 'Samsung'],
  [0x0114, 'Smart Modular'],
  [0x0118, 'Kingston'],
  [0x014f, 'Transcend'],
  [0x017a, 'Apacer'],
  [0x021e, 'Corsair'],
  [0x027e, 'Elpida'],
  [0x030b, 'Nanya'],
  [0x0314, 'Mushkin'],
  [0x0316, 'Netlist'],
  [0x0325, 'Kingmax'],
  [0x0443, 'Ramaxel'],
  [0x044b, 'A-DATA'],
  [0x044d, 'G.Skill'],
  [0x046f, 'Team Group'],
  [0x0502, 'Patriot'],
  [0x051b, 'Crucial'],
  [0x0551, 'Qimonda'],
  [0x0634, 'Super Talent'],
])
