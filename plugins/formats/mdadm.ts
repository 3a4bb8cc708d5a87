import { addProperty, colonLine, pick, type Properties } from './colon-lines.ts'
import { levelOf } from './raid-words.ts'
import type { RaidView, SoftwareArray } from './raid-view.ts'
import { integerOrNull, lines, textOrNull } from './text.ts'

type Known = Partial<SoftwareArray> & Pick<SoftwareArray, 'name'>

interface Block {
  readonly device: string
  readonly properties: Properties
  readonly members: string[]
  readonly failed: string[]
}

/**
 * `mdadm --detail` of arrays, and `mdadm --examine` of their members: both begin with a device's name and a colon. A member that was examined
 * tells of its array, whose kernel name it does not know.
 */
export function mdadmView(text: string): RaidView {
  return { softwareArrays: blocksOf(text).flatMap(arrayOf) }
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  for (const line of lines(text)) {
    const head = /^\/dev\/(\S{1,120}):$/.exec(line.trim())
    if (head !== null) {
      blocks.push({ device: head[1]!, properties: new Map(), members: [], failed: [] })
      continue
    }
    const block = blocks.at(-1)
    const said = colonLine(line)
    if (block === undefined || said === null) continue
    const member = /^(?:this +)?(?:\d+|-) +\d+ +\d+ +(?:\d+|-) +(.{0,60}?)\s*\/dev\/(\S{1,120})$/.exec(line.trim())
    if (member === null) addProperty(block.properties, said)
    else {
      block.members.push(member[2]!)
      if (/faulty/.test(member[1]!)) block.failed.push(member[2]!)
    }
  }
  return blocks
}

function arrayOf({ device, properties, members, failed }: Block): Known[] {
  const get = (...names: string[]): string | null => pick(properties, ...names)
  if (properties.size === 0 && members.length === 0) return []
  const isMember = properties.has('magic') || properties.has('device role') || properties.has('orig family')
  const uuid = get('array uuid', 'uuid')?.split(' ')[0] ?? null
  const state = get('state')
  const count = (name: string): number | null => integerOrNull(get(name))
  return [
    {
      name: isMember ? (uuid ?? device) : device,
      uuid: textOrNull(uuid),
      label: textOrNull(get('name')?.split(/ {2}\(/)[0]),
      level: levelOf(get('raid level')),
      metadata: textOrNull(get('version')),
      sizeBytes: kibibytes(get('array size')),
      chunkBytes: kilobytes(get('chunk size')),
      raidDevices: count('raid devices'),
      activeDevices: count('active devices'),
      failedDevices: count('failed devices'),
      spareDevices: count('spare devices'),
      members: members.length > 0 ? members : isMember ? [device] : null,
      failedMembers: failed,
      condition: isMember ? null : conditionOf(state),
      state,
    },
  ]
}

function conditionOf(state: string | null): 'optimal' | 'degraded' | 'failed' | null {
  if (state === null) return null
  if (/FAILED|inactive|broken|not started/i.test(state)) return 'failed'
  return /degraded/.test(state) ? 'degraded' : 'optimal'
}

/** `102336 (99.94 MiB 104.79 MB)`: kibibytes, whether it says so or not. */
function kibibytes(said: string | null): number | null {
  const number = /^(\d{1,15})\b/.exec(said ?? '')?.[1]
  return number === undefined ? null : Number(number) * 1024
}

function kilobytes(said: string | null): number | null {
  const number = /^(\d{1,9})K\b/.exec(said ?? '')?.[1]
  return number === undefined ? null : Number(number) * 1024
}
