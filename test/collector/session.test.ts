import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { prepare } from '../../collector/job.ts'
import { pluginOf } from './plugins.ts'

const SOON_MS = 60_000
const hanging = pluginOf('hanging', { sh: 'printf "%s\\n" "PIDS $$ $(exec sh -c \'echo $PPID\')"; sleep 999 | cat', timeoutSeconds: 600 })

for (const shell of ['sh', 'dash', 'bash', 'ksh93', 'mksh', 'busybox sh']) {
  const skip = spawnSync('sh', ['-c', `${shell} -c :`]).status !== 0 && `${shell} is not installed`
  test(`${shell}: the script, and a program of it that hangs, end with the process that started them`, { skip }, async (t) => {
    const { script } = prepare([hanging])
    const parent = spawn('sh', ['-c', `${shell} -s; :`], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
    parent.stdin.end(script)
    let said = ''
    for await (const text of parent.stdout.setEncoding('utf8') as AsyncIterable<string>) if (/^PIDS .*\n/m.test((said += text))) break
    const pids = /^PIDS (.*)$/m.exec(said)![1]!.split(' ')
    t.after(() => spawnSync('kill', ['-9', '--', `-${parent.pid}`]))
    assert.ok(pids.every((pid) => existsSync(`/proc/${pid}`)))
    parent.kill('SIGKILL')
    const begun = performance.now()
    while (pids.some((pid) => existsSync(`/proc/${pid}`)) || spawnSync('pgrep', ['-g', String(parent.pid)]).status === 0) {
      assert.ok(performance.now() - begun < SOON_MS, `${pids.join(' ')} went on`)
      await setTimeout(50)
    }
  })
}
