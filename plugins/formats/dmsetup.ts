import { levelOf, positive } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { lines } from './text.ts'

/** `dmsetup status` of mirrors, and of LVM's and dmraid's raid targets; a letter for each leg, A or a for one that is alive. */
export function dmsetupMirrors(text: string): RaidView {
  return {
    softwareArrays: lines(text).flatMap((line) => {
      const [, name, sectors, target, rest] = /^(\S{1,200}): \d+ (\d{1,15}) (mirror|raid) (\w.{0,300})/.exec(line) ?? []
      if (name === undefined) return []
      const letters = /(?:^| )([ADSRF]{2,32})(?: |$)/.exec(rest!)?.[1] ?? / ([AaDp-]{1,64}) \d+\/\d+/.exec(rest!)?.[1] ?? ''
      const level = target === 'mirror' ? 'raid1' : rest!.split(/\W|_/, 1)[0]!
      const dead = letters.replace(/[Aap]/g, '').length
      return [
        {
          name,
          level: levelOf(level),
          metadata: 'device-mapper',
          sizeBytes: positive(Number(sectors) * 512),
          raidDevices: letters.length || null,
          activeDevices: letters.length === 0 ? null : letters.length - dead,
          condition: letters === '' ? null : dead === 0 ? ('optimal' as const) : ('degraded' as const),
          state: letters || null,
        },
      ]
    }),
  }
}
