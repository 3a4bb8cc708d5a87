import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BUILTINS } from '../../plugins/index.ts'
import { CORPUS } from './cases.ts'
import { measure, VERDICTS, type Measured } from './measure.ts'
import { tally, totals, type Tally } from './tally.ts'

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string', default: CORPUS },
    plugin: { type: 'string', multiple: true, default: Object.keys(BUILTINS) },
    source: { type: 'string' },
    show: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

function stop(message: string): never {
  process.stderr.write(`corpus: ${message}\n`)
  process.exit(2)
}

if (!existsSync(options.dir)) stop(`${options.dir} is missing: name a folder of that layout with --dir`)
for (const name of options.plugin)
  if (!(name in BUILTINS)) stop(`there is no plugin ${name}; there are ${Object.keys(BUILTINS).join(', ')}`)

const measured: Measured[] = []
for (const name of options.plugin) measured.push(...(await measure(options.dir, name, options.source)))

if (options.show) for (const one of measured) show(one)
if (options.json) process.stdout.write(`${JSON.stringify(totals(measured), null, 2)}\n`)
else table(measured)
process.exitCode = measured.some((one) => one.failures.length > 0 || one.values.some(({ kind }) => kind === 'wrong')) ? 1 : 0

function show({ plugin, name, values, failures }: Measured): void {
  for (const failure of failures) process.stderr.write(`${plugin}  ${name}  ${failure}\n`)
  for (const { kind, field, expected, actual } of values) {
    if (kind !== 'wrong' && kind !== 'unsupported') continue
    process.stderr.write(`${plugin}  ${name}  ${kind}  ${field}: expected ${brief(expected)}, found ${brief(actual)}\n`)
  }
}

function brief(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 160)
}

function table(all: readonly Measured[]): void {
  const rows = [['plugin', 'source', 'cases', 'values', ...VERDICTS, 'failed', 'true']]
  for (const [plugin, sources] of Object.entries(tally(all))) {
    for (const [source, one] of Object.entries(sources)) rows.push(row(plugin, source, one))
    rows.push(row(plugin, 'all', totals(all)[plugin]!))
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)))
  for (const cells of rows) {
    const line = cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ')
    process.stdout.write(`${line}\n`)
  }
}

function row(plugin: string, source: string, one: Tally): string[] {
  const share = one.values === 0 ? '-' : `${(((one.agreeing + one.deliberate) / one.values) * 100).toFixed(2)} %`
  return [plugin, source, ...[one.cases, one.values, ...VERDICTS.map((kind) => one[kind]), one.failed].map(String), share]
}
