import { globSync, readFileSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/**
 * `npm test`: every test, quick. `npm run test:deep` (--deep): those that can do more, with PostgreSQL, 1,000 runs of each law, and 50 killed
 * servers. `npm run soak` (--soak): what looks for new cases, 10,000 runs of each law and 500 agents, with a seed of the day. A skipped test is
 * told loudly at the end; on CI it is a failure.
 */
const isSoak = process.argv.includes('--soak')
const isDeep = isSoak || process.argv.includes('--deep')
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
const DEEPER = isSoak ? /env\['(?:RUNS|AGENTS)'\]/ : /ROLLCALL_TEST_DEEP|onEveryDatabase|env\['RUNS'\]/

const files = globSync('test/**/*.test.ts')
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .filter((file) => !isDeep || DEEPER.test(readFileSync(file, 'utf8')))
  .toSorted()

if (isSoak) {
  process.env['RUNS'] ??= '10000'
  process.env['AGENTS'] ??= '500'
  // Simulated time passes more slowly, or 500 agents on a small machine would find no time for anything.
  process.env['SPEED'] ??= '60'
  process.env['SEED'] ??= String(Math.trunc(Math.random() * 2 ** 31))
}
if (isDeep) {
  process.env['ROLLCALL_TEST_DEEP'] = '1'
  process.env['ROLLCALL_TEST_POSTGRES'] = '1'
  process.env['RUNS'] ??= '1000'
  // Always the same cases, so that a red run is somebody's change; `npm run soak` looks for new ones.
  process.env['SEED'] ??= '20261121'
}
if (files.length === 0) throw new Error(`no test file is called like ${wanted.join(', ')}`)

const skipped: string[] = []
// Many tests wait for processes and clocks; deep ones do not.
const stream = run({ files, concurrency: isDeep ? 2 : 3, timeout: isSoak ? 10_800_000 : isDeep ? 900_000 : 300_000 })
stream.on('test:pass', ({ name, skip, file = '' }) => {
  if (skip !== undefined && skip !== false)
    skipped.push(`${file.replace(`${process.cwd()}/`, '')}: ${name}${typeof skip === 'string' ? `: ${skip}` : ''}`)
})
stream.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1
})
stream.on('end', () => {
  if (skipped.length === 0) return
  process.stderr.write(`\nSKIPPED, not proven here:\n${skipped.map((line) => `  ${line}\n`).join('')}`)
  if (process.env['CI'] === 'true') process.exitCode = 1
})
stream.compose(spec).pipe(process.stdout)
