import type { LinkFacts } from './link.ts'
import { integerOrNull, lines, textOrNull } from './text.ts'

/** Interfaces from `ethtool NAME`: texts that begin with `Settings for NAME:`, several in a row too. Other ethtool texts name no speed. */
export function ethtoolLinks(text: string): LinkFacts[] {
  const links: Draft[] = []
  let current: Draft | undefined
  for (const line of lines(text)) {
    const head = /^Settings for (\S{1,64}):\s*$/.exec(line)
    if (head !== null) {
      current = { name: head[1]! }
      links.push(current)
      continue
    }
    if (!/^\s/.test(line)) current = undefined
    const pair = /^\s+(Speed|Duplex|Link detected): ([^\n]{1,40})$/.exec(line)
    if (current === undefined || pair === null) continue
    const value = pair[2]!.trim()
    if (pair[1] === 'Speed') current.speedMbps = integerOrNull(/^(\d{1,7})Mb\/s/.exec(value)?.[1])
    else if (pair[1] === 'Duplex') current.duplex = value.startsWith('Unknown') ? null : (textOrNull(value)?.toLowerCase() ?? null)
    else current.operState = value.startsWith('yes') ? 'up' : value.startsWith('no') ? 'down' : null
  }
  return links
}

interface Draft {
  readonly name: string
  speedMbps?: number | null
  duplex?: string | null
  operState?: string | null
}
