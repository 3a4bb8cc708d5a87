import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, print } from './measure.ts'

/**
 * What the default script costs a host, beside the prototype that it grew from, or another script that is named. What each probe costs is told
 * by `rollcall script --time`.
 */
export default function script([other = '../shared/examples/gather.sh', rounds = '15']: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-script-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'script.sh')
  writeFileSync(file, execFileSync(process.execPath, ['bin/rollcall.js', 'script']))
  if (!existsSync(other)) process.stderr.write(`skipped: there is no ${other}\n`)
  const runs = measure(
    [
      { name: 'rollcall script | sh', command: ['sh', file] },
      { name: 'an empty sh', command: ['sh', '-c', ':'] },
      ...(existsSync(other) ? [{ name: other, command: ['sh', other] as const }] : []),
    ],
    Number(rounds),
  )
  print(runs, 'rollcall script | sh')
}
