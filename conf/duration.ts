const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a duration such as `90s`, `5m`, `1h`, `2d`, as the schema admits them. */
export function milliseconds(duration: string): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? []
  if (count === undefined) throw new RangeError(`${duration} is no duration such as 90s, 5m, 1h or 2d`)
  return Number(count) * UNITS[unit as keyof typeof UNITS] // The pattern admits no other unit.
}
