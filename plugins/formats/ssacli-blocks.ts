import { addProperty, colonLine, type Properties } from './colon-lines.ts'
import { lines } from './text.ts'

/** One thing of a report, with the lines below it. */
export interface Block {
  readonly kind: 'controller' | 'enclosure' | 'array' | 'logicaldrive' | 'physicaldrive' | 'other'
  /** What stands behind the word: `1 (68.3 GB, RAID 1, OK)`. */
  readonly title: string
  readonly controller: string
  readonly array: string | null
  /** Below `HBA Drives`: the controller hands its disks to the system. */
  readonly isHanded: boolean
  readonly properties: Properties
}

/** The things of a report in its order, each with the properties that stand below it. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let controller: string | null = null
  let array: string | null = null
  let isHanded = false
  const open = (kind: Block['kind'], title: string): void => {
    blocks.push({ kind, title, controller: controller ?? 'smartarray:?', array, isHanded, properties: new Map() })
  }
  for (const line of lines(text)) {
    const said = colonLine(line)
    if (said === null) continue
    const whole = line.trim()
    const owner = said.indent === 0 ? CONTROLLER.exec(whole) : null
    const [, word, title] = THING.exec(whole) ?? []
    if (owner !== null) {
      controller = `smartarray:${owner[1] ?? owner[2]!.trim()}`
      array = null
      isHanded = false
      open('controller', whole)
    } else if (word !== undefined) {
      const kind = KINDS[word]!
      if (kind === 'array') {
        array = /^\w+/.exec(title!)?.[0] ?? null
        isHanded = false
      }
      open(kind, title!)
    } else if (/^(?:unassigned|HBA drives)$/i.test(whole)) {
      array = 'none'
      isHanded = /^HBA/i.test(whole)
    } else if (CAGE.test(whole)) open('enclosure', whole)
    else if (/^(?:SEP|Expander|Enclosure) /.test(whole) && said.value === null) open('other', whole)
    else if (blocks.length > 0) addProperty(blocks.at(-1)!.properties, said)
  }
  return blocks
}

/** `Smart Array P440ar in Slot 0 (Embedded)`, and `MSA1500 CS in MY STORAGE`, by the name of its chassis. */
const CONTROLLER = /^[A-Z][^:]{1,60}? in (?:Slot (\w{1,4})\b|([A-Z][\w -]{0,40})$)/
/**
 * Whole reports write `Array: A` and `Logical Drive: 1`, lists `array A` and `logicaldrive 1 (…)`. ssacli 3 writes `Array A (…)`, and of the array
 * that its `Array Type: Data`.
 */
const THING = /^(array|Array(?= [A-Z]{1,3}(?: \(|$))|logicaldrive|physicaldrive|Array:|Logical Drive:) (\S.*)$/
const KINDS: Readonly<Record<string, Block['kind']>> = {
  array: 'array',
  Array: 'array',
  'Array:': 'array',
  logicaldrive: 'logicaldrive',
  'Logical Drive:': 'logicaldrive',
  physicaldrive: 'physicaldrive',
}
/** `Internal Drive Cage at Port 1I, Box 1, OK`; some controllers number their cages: `Box 1 (Index 0), OK`. */
export const CAGE = /^(\S.{0,60}?) at Port (\w{1,4}), Box (\d{1,3})(?: \(Index \d{1,3}\))?, (\w.{0,30})$/
