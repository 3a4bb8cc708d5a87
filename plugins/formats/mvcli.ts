import { colonBlocks, pick } from './colon-lines.ts'
import { arrayCondition, binaryBytes, folded, levelOf } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { integerOrNull, textOrNull } from './text.ts'

/** `mvcli info -o vd` of Marvell controllers: blocks that begin with an id. */
export function mvcliDrives(text: string): RaidView {
  return {
    logicalDrives: colonBlocks(text, /^id:/i).map((one) => {
      const state = pick(one, 'status')
      const id = pick(one, 'id') ?? '?'
      return {
        controller: 'marvell:0',
        id,
        array: id,
        name: folded(pick(one, 'name')),
        level: levelOf(pick(one, 'raid mode')),
        sizeBytes: binaryBytes(pick(one, 'size')?.replace(' ', '')),
        stripeBytes: binaryBytes(`${pick(one, 'stripe size')?.replace(/K$/, '')}K`),
        disks: integerOrNull(pick(one, '# of pds')),
        cache: textOrNull(pick(one, 'cache mode')),
        condition: arrayCondition(state),
        state,
      }
    }),
  }
}

/** `mvcli info -o blk`: the part of a disk that belongs to a virtual disk. */
export function mvcliBlocks(text: string): RaidView {
  return {
    physicalDisks: colonBlocks(text, /^Block id:/i).flatMap((one) => {
      const [id, array] = [pick(one, 'pd id'), pick(one, 'vd id')]
      return id === null ? [] : [{ controller: 'marvell:0', id, array }]
    }),
  }
}
