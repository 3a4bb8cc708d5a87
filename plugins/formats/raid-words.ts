import type { ARRAY_CONDITIONS, DISK_CONDITIONS } from './raid-fields.ts'
import { bytesOrNull, entryOf, textOrNull } from './text.ts'

type ArrayCondition = (typeof ARRAY_CONDITIONS)[number]
type DiskCondition = (typeof DISK_CONDITIONS)[number]

// In order: "Failed, Rebuilding" is a failed disk, "Unconfigured(bad)" no unconfigured one. Codes of storcli and sas3ircu stand beside the words;
// storcli 8 adds to its codes whether the medium is worn (Dgrd), shielded for a diagnosis (Shld) or being sanitised (Sntz).
const DISK_WORDS: readonly (readonly [DiskCondition, RegExp])[] = [
  ['failing', /predictive|smart.fail|ecc.err|degraded|\(dgd\)|\b(?:u?conf|jbod|ghs|dhs)dgrd\b/],
  ['missing', /missing|not.present|removed|absent|\b(?:msng|mis)\b/],
  ['failed', /fail|bad|dead|offline|faulty|defunct|critical|unsupported|unusable|incompatible|\b(?:offln|ubad|ubunsp|unusbl|fld|offl)\b/],
  ['rebuilding', /re-?build|recovering|copyback|replac|out_of_sync|out of sync|\b(?:rbld|cpybck|cbshld|osy)\b/],
  ['spare', /spare|\b(?:(?:dhs|ghs|hsp)(?:shld|sntz)?|dspr|gspr)\b/],
  ['jbod', /jbod|raw|pass.?through|\bhba\b|non-?raid|initiali[sz]ed \(ini\)/],
  ['unconfigured', /unconfigured|unassigned|^ready\b|available|free|\b(?:ugood|uconf(?:unsp|shld|sntz)?|ugunsp|ugshld|avl|rdy|sby)\b/],
  ['online', /online|optimal|^ok|okay|verifying|initiali[sz]ing|present|active|in sync|good|\b(?:onln|opt|conf(?:shld|sntz)?|cfshld)\b/],
]

const ARRAY_WORDS: readonly (readonly [ArrayCondition, RegExp])[] = [
  ['failed', /fail|offline|inoperable|dead|not.?ready|locked|missing|\b(?:ofln|fld|offl|mis)\b/],
  ['degraded', /degrade|critical|rebuild|recover|interim|problem|attention|suboptimal|\b(?:dgrd|pdgd|dgd|crt|rec|warn|needs)/],
  ['optimal', /optimal|okay|^ok|normal|functional|impacted|verif|init|migrat|expan|transform|consistent|complete|\b(?:optl|opt|oky|opl)\b/],
]

/** What a program's word for a disk's state means; null for a word that none of them is known to use. */
export function diskCondition(state: string | null | undefined): DiskCondition | null {
  return conditionIn(DISK_WORDS, state)
}

/** What a program's word for the state of a controller, array, logical drive or enclosure means. */
export function arrayCondition(state: string | null | undefined): ArrayCondition | null {
  return conditionIn(ARRAY_WORDS, state)
}

/** Whether a cache has its battery or capacitor, and whether that has failed. */
export function batteryCondition(state: string | null | undefined): 'none' | 'ok' | 'failed' | null {
  const text = state?.trim().toLowerCase() ?? ''
  if (/not installed|not present|absent|^none$|no battery|missing/.test(text)) return 'none'
  if (/fail|faulty|dead|replace|weak|error|degraded/.test(text)) return 'failed'
  return /\bok|optimal|operational|charging|learn|ready|good|present|testing/.test(text) ? 'ok' : null
}

/** `RAID-5`, `6 Reed-Solomon`, `RAID 1(1+0)` and `Primary-1, Secondary-0` in one spelling each: raid5, raid6, raid10, raid1. */
export function levelOf(said: string | null | undefined): string | null {
  const text = said?.trim().toLowerCase().replace(/\s+/g, ' ') ?? ''
  if (text.startsWith('primary-')) return primaryLevel(text)
  const level = /^(?:raid)?[ -]?(\d{1,2}(?: ?[+(] ?\d)?(?:e|ee)?)(?: ?adm)?/.exec(text)
  if (level === null) return entryOf(LEVELS, text) ?? (/^[a-z][a-z0-9_-]{0,19}$/.test(text) ? text : null)
  return `raid${level[1]!.replace(/[ +(]/g, '')}${text.includes('adm') ? 'adm' : ''}`
}

const LEVELS: Readonly<Record<string, string>> = {
  'simple volume': 'jbod',
  simple_volume: 'jbod',
  single: 'jbod',
  im: 'raid1',
  is: 'raid0',
  ime: 'raid1e',
  mirror: 'raid1',
  stripe: 'raid0',
  volume: 'jbod',
}

/** MegaCli tells the level of the spans' disks and that of the spans: `Primary-1, Secondary-3` stripes over mirrors. */
function primaryLevel(text: string): string | null {
  const [, primary, secondary, qualifier] = /^primary-(\d+), secondary-(\d+)(?:, raid level qualifier-(\d+))?/.exec(text) ?? []
  if (primary === undefined) return null
  const isSpanned = secondary === '3'
  if (primary === '1' && qualifier === '1') return 'raid1e'
  return `raid${primary}${isSpanned && primary !== '0' ? '0' : ''}`
}

/** sata, sas, scsi or nvme, from words such as `SATA 6.0 Gb/s`, `Ultra320` and `Parallel SCSI`. */
export function busOf(said: string | null | undefined): 'sata' | 'sas' | 'scsi' | 'nvme' | null {
  const word = /sata|sas|nvme|pcie|scsi|ultra ?\d/.exec(said?.toLowerCase() ?? '')?.[0]
  if (word === undefined) return null
  if (word === 'pcie') return 'nvme'
  return word === 'sata' || word === 'sas' || word === 'nvme' ? word : 'scsi'
}

/** Gigabits a second of `SATA 6.0 Gb/s`, `12.0Gb/s` or `6.0Gbps`. */
export function gigabitsOf(said: string | null | undefined): number | null {
  const number = /(\d{1,3}(?:\.\d{1,3})?) ?Gb(?:ps|\/s)/i.exec(said ?? '')?.[1]
  return number === undefined ? null : Number(number)
}

/** Bytes of a size that is rounded and in powers of 1000, as labels of disks are: `300 GB`. */
export function decimalBytes(said: string | null | undefined): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,6})?) ?([KMGTP])B$/i.exec(said?.trim() ?? '')
  return match === null ? null : positive(Math.round(Number(match[1]) * 1000 ** (' KMGTP'.indexOf(match[2]!.toUpperCase()) || 0)))
}

/** Bytes of a size in powers of 1024; none of nothing. */
export function binaryBytes(said: string | null | undefined): number | null {
  return positive(bytesOrNull(said))
}

/** `00:64:00:00`, `0:41:0:0` and `0000:5C:00.0`, all of them hexadecimal, as Linux writes it. */
export function pciAddress(said: string | null | undefined): string | null {
  const parts = /^([0-9a-f]{1,4}):([0-9a-f]{1,2}):([0-9a-f]{1,2})[:.]0?([0-7])$/.exec(said?.trim().toLowerCase() ?? '')
  if (parts === null) return null
  const [, domain, bus, device, part] = parts
  return `${domain!.padStart(4, '0')}:${bus!.padStart(2, '0')}:${device!.padStart(2, '0')}.${part}`
}

/** Yes and no, in any case and language of firmware. */
export function yesNo(said: string | null | undefined): boolean | null {
  const word = said?.trim().toLowerCase() ?? ''
  if (/^(?:yes|true|y|on)\b/.test(word)) return true
  return /^(?:no|false|n|off)\b/.test(word) ? false : null
}

/** Text with runs of spaces folded; null for a placeholder. */
export function folded(said: string | null | undefined): string | null {
  return textOrNull(said?.replace(/\s+/g, ' '))
}

export function positive(number: number | null): number | null {
  return number !== null && number > 0 && Number.isSafeInteger(number) ? number : null
}

function conditionIn<C>(words: readonly (readonly [C, RegExp])[], state: string | null | undefined): C | null {
  const text = state?.trim().toLowerCase() ?? ''
  return text === '' ? null : (words.find(([, word]) => word.test(text))?.[0] ?? null)
}
