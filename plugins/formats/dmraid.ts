import { levelOf, positive } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { lines } from './text.ts'

/** `dmraid -r`: each disk names the set that it is part of. */
export function dmraidSets(text: string): RaidView {
  const disks = lines(text).flatMap((line) => {
    const [, device, format, name, level, state, sectors] =
      /^\/dev\/(\S{1,60}): (\S{1,20}), "([^"]{1,80})", (\S{1,20}), (\w{1,20}), (\d{1,15}) sectors/.exec(line) ?? []
    return device === undefined ? [] : [{ device, format: format!, name: name!, level: level!, state: state!, sectors: Number(sectors) }]
  })
  return {
    softwareArrays: [...Map.groupBy(disks, ({ name }) => name)].map(([name, members]) => {
      const bad = members.filter(({ state }) => state !== 'ok').map(({ device }) => device)
      const { format, level, sectors } = members[0]!
      return {
        name,
        metadata: format,
        level: level === 'GROUP' ? 'container' : levelOf(level),
        sizeBytes: level === 'mirror' ? positive(sectors * 512) : null,
        failedDevices: bad.length,
        members: members.map(({ device }) => device),
        failedMembers: bad,
        condition: bad.length === 0 ? ('optimal' as const) : ('degraded' as const),
        state: bad.length === 0 ? 'ok' : members.find(({ state }) => state !== 'ok')!.state,
      }
    }),
  }
}
