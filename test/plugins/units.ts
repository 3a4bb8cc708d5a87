/** What a description speaks of, and how the name of such a number field ends. */
const UNITS: readonly (readonly [spoken: RegExp, ending: RegExp])[] = [
  [/\bbytes?\b/i, /Bytes$/],
  [/\b(?:MHz|megahertz)\b/i, /MHz$/],
  [/\bMbit\/s\b|\bmegabits? (?:per|a) second\b/i, /Mbps$/],
  [/\bMT\/s\b|\bmegatransfers\b/i, /MTs$/],
  [/\b(?:in|of) (?:whole )?seconds\b/i, /Seconds$/],
  [/\bmilliseconds\b/i, /(?:Ms|Milliseconds)$/],
  [/\b(?:in )?volts?\b/i, /Volts?$/],
  [/\bper ?cent\b/i, /Percent$/],
  [/\bdegrees\b/i, /Celsius$/],
  [/\brpm\b|\b(?:revolutions|turns|rotations) (?:per|a) minute\b/i, /Rpm$/],
]

/** Every engineer knows their unit, and no other name. */
const WELL_KNOWN = /(?:^|\.)mtu$/

/** The ending that a number field lacks although its description speaks of a unit; null where all is well. */
export function missingUnit(field: string, description: string): string | null {
  if (WELL_KNOWN.test(field)) return null
  for (const [spoken, ending] of UNITS) {
    if (spoken.test(description)) return UNITS.some(([, one]) => one.test(field)) ? null : ending.source
  }
  return null
}
