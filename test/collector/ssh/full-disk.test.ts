import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captureOf } from '../../../collector/ssh/collect-target.ts'
import { evaluate } from '../../../plugins/evaluate.ts'
import { defaultPlugins } from '../../noise/register.ts'
import { noSshd, startSshd } from '../../sshd.ts'
import { answerOf, shell, targetOf, threadOf } from './targets.ts'

/** A home of 64 KB, full to the last byte, which is the place for temporary files, too. */
const FULL = `mount -t tmpfs -o size=64k,mode=777 full home/full
cat /dev/zero >home/full/zeros 2>/dev/null || :
mount --bind home/full /var/tmp`

test('a host whose disk is full, or that may write no file, answers as any other', { skip: noSshd }, async (t) => {
  const logins = [{ user: 'tester' }, { user: 'full' }, { user: 'barred', shell: '/bin/bash', home: { '.bashrc': 'ulimit -f 0\n' } }]
  const sshd = await startSshd(t, { logins, first: FULL, config: 'Match User full\nSetEnv TMPDIR=/var/tmp\nMatch all' })
  const own = { port: sshd.port, credentials: { key: sshd.key, passphrase: null, password: null, agent: null } }
  const plugins = await defaultPlugins()
  const statuses = async (user: string) => {
    const capture = await captureOf(targetOf({ ...own, user, deadlines: { connectMs: 20_000, hostMs: 60_000 } }), threadOf(t, { plugins }))
    return plugins.map((plugin) => `${plugin.name} ${evaluate(plugin, capture).status}`)
  }
  const whole = await statuses('tester')
  for (const { user } of logins.slice(1)) {
    const write = shell('cd; (echo more >more) 2>/dev/null && [ -s more ] && echo written || echo full')
    assert.equal(await answerOf(targetOf({ ...own, user }), threadOf(t, { plugins: [write] })), 'full')
    assert.deepEqual(await statuses(user), whole)
  }
})
