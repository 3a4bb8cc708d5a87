import type { Answer, Failed } from '../answer.ts'
import type { Probe } from '../define.ts'
import { deviceTreeFacts, sysinfoFacts } from './board-other.ts'
import { dmiFacts, mergeFacts, type DmiFacts } from './dmi.ts'
import { SMBIOS_PROBES, smbiosStructures, type Structure } from './smbios.ts'
import { SYSFS_DMI, sysfsStructures } from './smbios-sysfs.ts'

/** Everything that says what machine a host is: SMBIOS for root and for everybody, a device tree (ARM, POWER), /proc/sysinfo (s390x). */
export const BOARD_PROBES = {
  ...SMBIOS_PROBES,
  'sysfs-dmi': SYSFS_DMI,
  'device-tree': {
    needs: ['/proc/device-tree'],
    sh: `cd /proc/device-tree 2>/dev/null || exit 127
for f in model vendor serial-number system-id vm,uuid ibm,partition-uuid; do
  [ -r "$f" ] && printf '%s=' "$f" && tr -d '\\0' <"$f" && echo
done
:`,
  },
  sysinfo: { file: '/proc/sysinfo' },
} as const satisfies Record<string, Probe>

export type BoardAnswers = Readonly<Record<keyof typeof BOARD_PROBES, Answer>>

/**
 * What machine a host is, from all sources together; `absent` where it has none of them, as many virtual machines.
 *
 * @throws {ParseError} on an answer that is none of these formats
 */
export function boardFacts(answers: BoardAnswers): { readonly status: 'ok'; readonly facts: DmiFacts } | Failed {
  const smbios = smbiosStructures(answers)
  const [first, ...others] = [
    smbios.status === 'ok' ? structuredFacts(smbios.structures) : null,
    from(answers['sysfs-dmi'], (text) => structuredFacts(sysfsStructures(text))),
    from(answers['device-tree'], deviceTreeFacts),
    from(answers.sysinfo, sysinfoFacts),
  ].filter((facts) => facts !== null)
  if (first !== undefined) return { status: 'ok', facts: mergeFacts([first, ...others]) }
  const hasNoTables = answers['sysfs-dmi'].status === 'absent'
  const failed = [smbios, answers['sysfs-dmi'], answers['device-tree'], answers.sysinfo].find(
    // Everybody may see that the kernel found no tables; then nothing was denied to anybody.
    ({ status }) => status !== 'ok' && status !== 'absent' && !(status === 'denied' && hasNoTables),
  )
  return failed === undefined || failed.status === 'ok' ? { status: 'absent', reason: 'no SMBIOS tables and no device tree' } : failed
}

/** Null where the structures are those of other things alone, as in the text of `dmidecode -t memory`. */
function structuredFacts(structures: readonly Structure[]): DmiFacts | null {
  return structures.some(({ type }) => type <= 3) ? dmiFacts(structures) : null
}

function from<T>(answer: Answer, read: (text: string) => T): T | null {
  return answer.status === 'ok' ? read(answer.text) : null
}
