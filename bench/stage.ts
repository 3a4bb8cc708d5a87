import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Builds what is published, in a folder of its own that goes with this process. Gives the path of its `rollcall.js`. */
export function stage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-stage-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const name of ['package.json', 'bin']) cpSync(name, join(folder, name), { recursive: true })
  execFileSync(process.execPath, ['build.ts', join(folder, 'dist')])
  return join(folder, 'bin/rollcall.js')
}
