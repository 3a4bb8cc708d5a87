import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure, print, type Candidate } from './measure.ts'
import { stage } from './stage.ts'

/**
 * What one collection of this machine costs: the published `rollcall collect` beside an empty Node, its own script alone, and other programs that
 * take stock of a machine, where installed.
 */
export default function agent([rounds = '15']: readonly string[]): void {
  const rollcall = stage()
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-agent-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const script = join(folder, 'script.sh')
  writeFileSync(script, execFileSync(process.execPath, [rollcall, 'script']))
  const others: readonly Candidate[] = [
    { name: 'facter', command: ['facter', '--json'] },
    { name: 'ohai', command: ['ohai'] },
    { name: 'fusioninventory-agent', command: ['fusioninventory-agent', '--local', folder, '--tasks', 'inventory'] },
  ]
  const installed = others.filter(({ command: [program] }) => isInstalled(program))
  for (const { name } of others.filter((one) => !installed.includes(one))) process.stderr.write(`skipped: ${name} is not installed\n`)
  const runs = measure(
    [
      { name: 'rollcall collect', command: [process.execPath, rollcall, 'collect'] },
      { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
      { name: 'its script alone', command: ['sh', script] },
      ...installed,
    ],
    Number(rounds),
  )
  print(runs, 'rollcall collect')
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
