import type { RaidView, SoftwareArray } from './raid-view.ts'
import { entryOf, integerOrNull, lines } from './text.ts'

type Known = Partial<SoftwareArray> & Pick<SoftwareArray, 'name'>

/** Arrays of /proc/mdstat. */
export function mdstatView(text: string): RaidView {
  const arrays: Known[] = []
  for (const line of lines(text)) {
    const head = /^(md\w{1,40}) : (active|inactive|broken)\b ?(.*)$/.exec(line)
    const last = arrays.at(-1)
    if (head !== null) arrays.push(arrayOf(head[1]!, head[2]!, head[3]!))
    else if (/^\S/.test(line)) continue
    else if (last !== undefined && / blocks\b/.test(line)) Object.assign(last, sizesOf(line, last))
  }
  return { softwareArrays: arrays }
}

/** `(auto-read-only) raid1 sda1[0] sdb1[1](F) sdc1[2](S)`; an inactive array has no level. */
function arrayOf(name: string, activity: string, rest: string): Known {
  const words = rest.split(' ').filter((word) => word !== '' && !word.startsWith('('))
  const members = words.filter((word) => word.includes('['))
  const level = words.find((word) => !word.includes('[')) ?? null
  const flagged = (flag: string): string[] => members.filter((word) => word.includes(flag)).map(deviceOf)
  return {
    name,
    level,
    members: members.map(deviceOf),
    failedMembers: flagged('(F)'),
    failedDevices: flagged('(F)').length,
    spareDevices: flagged('(S)').length,
    condition: activity === 'active' ? 'optimal' : 'failed',
    state: activity,
  }
}

/** `  5860543744 blocks super 1.2 level 6, 4k chunk, algorithm 2 [6/4] [UUUU__]`; raid0 and linear have no brackets. */
function sizesOf(line: string, { members, failedDevices, condition, state, level }: Known): Partial<SoftwareArray> {
  const [, blocks] = /^\s+(\d{1,15}) blocks\b/.exec(line) ?? []
  const [, metadata] = / super (\S{1,20})/.exec(line) ?? []
  const [, chunk] = / (\d{1,9})[kK] chunks?\b/.exec(line) ?? []
  const [, wanted, active] = / \[(\d{1,4})\/(\d{1,4})\]/.exec(line) ?? []
  const letters = / \[([U_]{1,400})\]/.exec(line)?.[1]
  const [raidDevices, activeDevices] = [integerOrNull(wanted), integerOrNull(active)]
  const bytes = integerOrNull(blocks)
  const isContainer = state === 'inactive' && /^external:\w/.test(metadata ?? '')
  return {
    sizeBytes: bytes === null ? null : bytes * 1024,
    metadata: formatOf(metadata, state === 'active'),
    // The container of firmware arrays (imsm, ddf) is never active: its arrays are.
    ...(isContainer && { level: 'container' }),
    chunkBytes: chunk === undefined ? null : Number(chunk) * 1024,
    raidDevices: raidDevices ?? (state === 'active' ? (members?.length ?? null) : null),
    activeDevices: activeDevices ?? (state === 'active' ? (members?.length ?? 0) - (failedDevices ?? 0) : null),
    state: letters ?? state ?? null,
    condition: isContainer ? null : condition === 'failed' ? 'failed' : conditionOf(raidDevices, activeDevices, level ?? ''),
  }
}

/** The oldest format is the one that mdstat does not name; of an array in a container it names the container. */
function formatOf(said: string | undefined, isActive: boolean): string | null {
  if (said === undefined) return isActive ? '0.90' : null
  return said.startsWith('external:/') || said.startsWith('external:-') ? null : said.replace('external:', '')
}

/** Too many missing: more than the level can lose. A raid10 survives as long as no mirror is lost whole, so half of it may be gone. */
function conditionOf(wanted: number | null, active: number | null, level: string): 'optimal' | 'degraded' | 'failed' {
  if (wanted === null || active === null || active >= wanted) return 'optimal'
  const spare = entryOf({ raid1: wanted - 1, raid10: Math.floor(wanted / 2), raid4: 1, raid5: 1, raid6: 2 }, level) ?? 0
  return wanted - active <= spare ? 'degraded' : 'failed'
}

function deviceOf(word: string): string {
  return word.slice(0, word.indexOf('['))
}
