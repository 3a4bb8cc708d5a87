import type { Failed } from '../answer.ts'
import { firstOf } from '../answer.ts'
import type { Answers, Probe } from '../define.ts'
import { rememberLast } from '../remember-last.ts'
import { tableStructures } from './smbios-tables.ts'
import { dmidecodeStructures } from './smbios-text.ts'
import { textOrNull } from './text.ts'

/**
 * One SMBIOS structure in dmidecode's words, whatever it was read from: a label such as `Serial Number`, and the value as dmidecode 3 prints
 * it. The items of a list (`Features`) are lines of their own. Nothing is judged here: placeholders are still in place.
 */
export interface Structure {
  /** Structure type of the SMBIOS specification (DSP0134): 1 is the system, 17 a memory device. */
  readonly type: number
  /** Handle as `0x0011`; null where the source has none. */
  readonly handle: string | null
  readonly fields: ReadonlyMap<string, string>
}

const TABLES = '/sys/firmware/dmi/tables'

/**
 * The whole tables. `dmi-tables` needs no program but one that prints bytes as text: the kernel has shown the tables since 4.2. Where it does
 * not (RHEL 6), dmidecode is asked, which looks for them in /dev/mem.
 */
export const SMBIOS_PROBES = {
  'dmi-tables': {
    needs: [`${TABLES}/DMI`],
    sh: `for f in smbios_entry_point DMI; do
  echo "$f"
  base64 "${TABLES}/$f" 2>/dev/null || od -An -v -tx1 "${TABLES}/$f" || exit
done`,
    root: true,
  },
  dmidecode: {
    sh: `[ ! -e ${TABLES}/DMI ] || exit 127
exec dmidecode`,
    needs: ['/sys/class/dmi/id', 'dmidecode'],
    root: true,
    // Says on stdout that there is no table, and ends with 1.
    okCodes: [0, 1],
  },
} as const satisfies Record<string, Probe>

export type SmbiosAnswers = Answers<typeof SMBIOS_PROBES>

/**
 * All structures of a host, in the order of its tables, from the first source that answered.
 *
 * @throws {ParseError} on an answer that holds no SMBIOS data
 */
export const smbiosStructures = rememberLast(SMBIOS_PROBES, structuresIn)

type Structures = { readonly status: 'ok'; readonly structures: readonly Structure[] } | Failed

function structuresIn({ 'dmi-tables': tables, dmidecode }: SmbiosAnswers): Structures {
  if (tables.status === 'ok') return { status: 'ok', structures: tableStructures(tables.text) }
  if (dmidecode.status === 'ok') return dmidecodeStructures(dmidecode.text)
  const failed = firstOf(tables, dmidecode)
  return failed.status === 'ok' ? { status: 'absent', reason: 'no SMBIOS tables' } : failed
}

/** A field's text; null where the structure or the field is missing, and where the maker says nothing. */
export function fieldText(structure: Structure | undefined, label: string): string | null {
  return textOrNull(structure?.fields.get(label))
}
