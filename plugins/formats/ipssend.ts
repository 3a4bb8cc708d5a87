import { colonBlocks, pick } from './colon-lines.ts'
import { arrayCondition, binaryBytes, levelOf } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { textOrNull } from './text.ts'

/** `ipssend getconfig 1` of IBM ServeRAID. */
export function ipssendDrives(text: string): RaidView {
  return {
    logicalDrives: colonBlocks(text, /^Logical drive number \d/).map((one) => {
      const state = pick(one, 'status of logical drive')
      const id = pick(one, '') ?? '?'
      return {
        controller: 'serveraid:1',
        id,
        array: textOrNull(pick(one, 'part of array')),
        level: levelOf(pick(one, 'raid level')),
        sizeBytes: binaryBytes(`${pick(one, 'size (in mb)')} MB`),
        stripeBytes: binaryBytes(pick(one, 'stripe-unit size')),
        cache: textOrNull(pick(one, 'write cache status')),
        condition: arrayCondition(state),
        state,
      }
    }),
  }
}
