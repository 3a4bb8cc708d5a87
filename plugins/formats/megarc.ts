import { arrayCondition, levelOf } from './raid-words.ts'
import type { RaidView } from './raid-view.ts'
import { lines } from './text.ts'

/** `megarc -dispCfg -aN` of MegaRAID cards before MegaCli: `Logical Drive : 0( Adapter: 0 ):  Status: OPTIMAL`. */
export function megarcDrives(text: string): RaidView {
  let last: { controller: string; id: string } | null = null
  const levels = new Map<string, string | null>()
  const drives = lines(text).flatMap((line) => {
    const [, id, adapter, state] = /Logical Drive : (\d{1,3})\( Adapter: (\d{1,3}) \):\s+Status: (\S.{0,30})/.exec(line) ?? []
    const level = /RaidLevel: ?(\d{1,2})/.exec(line)?.[1]
    if (level !== undefined && last !== null) levels.set(`${last.controller}/${last.id}`, levelOf(level))
    if (id === undefined) return []
    last = { controller: `megaraid:${adapter}`, id }
    return [{ ...last, condition: arrayCondition(state), state: state!.trim() }]
  })
  return { logicalDrives: drives.map((one) => ({ ...one, level: levels.get(`${one.controller}/${one.id}`) ?? null })) }
}
