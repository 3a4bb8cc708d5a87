import type { Verdict } from './compare.ts'

/** Where we say another thing than a source, on purpose. The reason would convince the source's author. */
interface Deviation {
  /** Source of the cases, or `*`. */
  readonly source: string
  readonly plugin: string
  /** The verdict's field without its item, as in `disks.model`. */
  readonly field: string
  /** What the two values look like, as `expected => actual` in JSON; without it, any two. */
  readonly pattern?: RegExp
  readonly reason: string
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    source: 'ansible',
    plugin: 'cpu',
    field: 'sockets',
    pattern: /^1 => (?:null|[2-9]|\d\d)$/,
    reason:
      'ansible says 1 where it does not understand the text (s390); drawer, book and physical id tell the sockets apart, or nothing does',
  },
  {
    source: '*',
    plugin: 'port',
    field: 'dynamicSockets',
    pattern: /^"(?:udp|tcp (?:127\.|::1:))[^"]*" => null$/,
    reason: 'the kernel picked this port and picks another one at the next start: a change without a meaning, counted in dynamicPorts',
  },
]

/** Why a value that is not equal is meant so; null where it is not. */
export function deviationOf(plugin: string, source: string, { field, expected, actual }: Verdict): string | null {
  const path = field.replace(/\[[^\]]*\]/g, '')
  const values = `${JSON.stringify(expected ?? null)} => ${JSON.stringify(actual ?? null)}`
  const rule = DEVIATIONS.find(
    (one) =>
      one.plugin === plugin && (one.source === '*' || one.source === source) && one.field === path && (one.pattern?.test(values) ?? true),
  )
  return rule?.reason ?? null
}
