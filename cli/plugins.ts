import { BUILTINS } from '../plugins/index.ts'
import type { Probe } from '../plugins/define.ts'
import { commandLine, parse, type CommonOptions } from './command-line.ts'
import { EXIT } from './exit.ts'
import { loadPlugins, setup } from './setup.ts'
import { table } from './table.ts'
import { bold, print, printJson } from './text.ts'

interface Options extends CommonOptions {
  readonly json?: true
}

/** Lists the plugins, or one plugin's probes. */
export default async function plugins(args: readonly string[]): Promise<number> {
  const command = commandLine('plugins', {
    description: 'What is collected, and by which probes.',
    examples: [
      ['rollcall plugins', 'all plugins; those that run with these settings are marked'],
      ['rollcall plugins disk', 'its probes and fields'],
    ],
  })
    .argument('[name]', 'one plugin')
    .option('--json', 'print JSON')
  const { options, operands } = parse<Options>(command, args)
  const loaded = await setup(options)
  if (operands[0] !== undefined) return await one(operands[0])
  const on = await loadPlugins(loaded)
  const all = [...on]
  for (const [name, load] of Object.entries(BUILTINS)) if (!on.some((plugin) => plugin.name === name)) all.push((await load()).default)
  const rows = all.map(({ name, version, summary, probes }) => ({
    name,
    version,
    on: on.some((plugin) => plugin.name === name),
    probes: Object.keys(probes).length,
    summary,
  }))
  if (options.json === true) printJson(rows)
  else
    print(
      table(rows, [
        { title: 'PLUGIN', value: ({ name }) => name },
        { title: 'ON', value: (row) => (row.on ? 'yes' : '') },
        { title: 'PROBES', value: ({ probes }) => probes, right: true },
        { title: 'SUMMARY', value: ({ summary }) => summary },
      ]),
    )
  return EXIT.done

  async function one(name: string): Promise<number> {
    const [plugin] = await loadPlugins(loaded, [name])
    const { probes, schema, keys, volatile, summary, version } = plugin!
    if (options.json === true) {
      printJson({ name, version, summary, probes, keys, volatile, schema })
      return EXIT.done
    }
    print(`${bold(name)} (version ${version}): ${summary}\n`)
    print(
      table(Object.entries(probes), [
        { title: 'PROBE', value: ([probe]) => probe },
        { title: 'READS', value: ([, probe]) => reads(probe) },
      ]),
    )
    print(`\nIts fields are in docs/plugins.md. Not in the history: ${volatile.join(', ') || 'nothing, all are'}`)
    return EXIT.done
  }
}

function reads(probe: Probe): string {
  if ('recorded' in probe) return `(only in a capture) ${probe.recorded}`
  const root = probe.root === true ? ' (root)' : ''
  if ('file' in probe) return probe.file + root
  if ('files' in probe) return probe.files.join(' ') + root
  return ('exec' in probe ? probe.exec.join(' ') : probe.sh.trim().replaceAll(/\s*\n\s*/g, '; ')) + root
}
