import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { addressOf, reaching, startPlayers } from './cli/players.ts'
import { rollcall } from './cli/rollcall.ts'
import { byHost } from './cli/runs.ts'
import { scratch } from './collector/scratch.ts'
import { noSshd } from './sshd.ts'

const ROOT = join(import.meta.dirname, '..')

test('what is published collects over SSH, in threads of its own, by either client', { skip: noSshd }, async (t) => {
  const folder = scratch(t)
  execFileSync(process.execPath, ['build.ts', join(folder, 'dist')], { cwd: ROOT })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const bin = join(folder, 'start.mjs')
  writeFileSync(bin, `import { main } from './dist/main.js'\nprocess.exitCode = await main(process.argv.slice(2))\n`)
  const players = await startPlayers(t)
  for (const client of ['ssh2', 'openssh']) {
    const here = reaching(players, scratch(t), { ROLLCALL_SSH__CLIENT: client, ROLLCALL_SSH__CONNECT_SECONDS: '30' })
    const ran = await rollcall(['ssh', '--hosts', players.list(4), '--no-post', '--json'], { ...here, bin })
    assert.deepEqual([ran.status, byHost(ran)], [0, [0, 1, 2, 3].map((index) => `${addressOf(index)} ok`)], ran.stderr)
  }
})
