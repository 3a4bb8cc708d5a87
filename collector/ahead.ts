import type { Plugin, Probes } from '../plugins/define.ts'
import { parseSection, type Check, type Parsed } from '../plugins/evaluate.ts'
import type { Capture } from '../plugins/frames.ts'
import type { Watch } from './job.ts'

/**
 * Parses each plugin's section as soon as all its answers have come, while the host still works on the others: a third of the time of a
 * collection otherwise comes after the last answer. What was not ready then is parsed at the end.
 */
export function parseAhead(
  plugins: readonly Plugin[],
  checkOf?: (plugin: Plugin) => Check | undefined,
): { readonly watch: Watch; readonly finish: (capture: Capture) => Record<string, Parsed> } {
  const parsed = new Map<Plugin, Parsed>()
  const missing = new Map(plugins.map((plugin) => [plugin, namesOf(plugin.probes)]))
  const parse = (plugin: Plugin, capture: Capture): Parsed => {
    const section = parseSection(plugin, capture, checkOf?.(plugin))
    parsed.set(plugin, section)
    missing.delete(plugin)
    return section
  }
  return {
    watch: (probes) => {
      for (const [plugin, names] of missing) {
        while (names.length > 0 && Object.hasOwn(probes, names.at(-1)!)) names.pop()
        if (names.length === 0) parse(plugin, { probes, complete: true })
      }
    },
    finish: (capture) => Object.fromEntries(plugins.map((plugin) => [plugin.name, parsed.get(plugin) ?? parse(plugin, capture)])),
  }
}

/** Those that are asked of a host, whose answer is waited for. */
function namesOf(probes: Probes): string[] {
  return Object.entries(probes).flatMap(([name, probe]) => ('recorded' in probe ? [] : [name]))
}
