import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { test } from 'node:test'
import ssh2 from 'ssh2'
import { signAtOnce, trimConnection } from '../../../collector/ssh/private-ssh2.ts'
import { serveSsh } from './ssh-server.ts'
import { keyPair } from '../../ssh-keys.ts'

test('the private fields of ssh2 that make it faster are where they were; else look at collector/ssh/private-ssh2.ts', async (t) => {
  const { version } = JSON.parse(readFileSync('node_modules/ssh2/package.json', 'utf8')) as { readonly version: string }
  const pem = keyPair().private
  const key = ssh2.utils.parseKey(pem)
  if (key instanceof Error) throw key
  const asked: boolean[] = []
  const port = await serveSsh(t, (context) => {
    if (context.method === 'publickey') asked.push(context.signature === undefined)
    context.accept()
  })
  for (const cipher of ['aes128-gcm@openssh.com', 'aes128-ctr'] as const) {
    const client = new ssh2.Client()
    const applied = new Promise((resolve) => client.once('handshake', () => resolve(trimConnection(client))))
    const ready = once(client, 'ready')
    client.connect({
      host: '127.0.0.1',
      port,
      username: 'tester',
      algorithms: { cipher: [cipher] },
      authHandler: (_left, _partial, next) => next({ type: 'publickey', username: 'tester', key: key as unknown as Buffer }),
    })
    assert.equal(signAtOnce(client, [key]), true, `ssh2 ${version}: authPK has changed`)
    assert.deepEqual(await applied, { keyObjects: true, noProve: true }, `ssh2 ${version}: cipher keys or _remoteVer have changed`)
    await ready
    client.end()
  }
  assert.deepEqual(asked, [false, false], 'the key was asked about before it signed')
})

test('where ssh2 is built otherwise, nothing is touched', () => {
  const other = Object.freeze({ _protocol: Object.freeze({ authPK: (): void => undefined }) })
  assert.equal(signAtOnce(other as unknown as ssh2.Client, []), false)
  assert.deepEqual(trimConnection({} as unknown as ssh2.Client), { keyObjects: false, noProve: false })
})
