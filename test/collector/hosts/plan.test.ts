import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostEntry } from '../../../collector/hosts/entry.ts'
import type { Here } from '../../../collector/hosts/login.ts'
import { planHosts, type Defaults } from '../../../collector/hosts/plan.ts'
import { readArguments, readPlain } from '../../../collector/hosts/plain.ts'
import { parseSshConfig } from '../../../collector/hosts/ssh-config.ts'
import { endOf } from '../../../collector/ssh/target.ts'

const here: Here = { user: 'me', uid: 1000, home: '/home/me', isThere: () => true, env: {} }
const defaults: Defaults = {
  user: null,
  port: null,
  credentials: { key: null, passphrase: null, password: null, agent: '/run/agent' },
  hostKeys: 'accept-new',
  become: 'sudo',
  sudoPassword: null,
  client: 'ssh2',
  deadlines: { connectMs: 10_000, hostMs: 60_000 },
}
const CONFIG = `
Host web
  HostName 10.0.0.1
  User from-config
  Port 2222
  IdentityFile ~/.ssh/from-config
  ProxyJump bastion
Host bastion
  HostName 192.0.2.1
  User gate
  IdentityAgent none
  ProxyJump outer:2200
Host strange
  ProxyCommand nc %h %p
  CertificateFile ~/.ssh/cert
Host guarded
  ProxyJump outer,guard
Host guard
  StrictHostKeyChecking yes
Host loop
  ProxyJump loop
`

function plan(entries: readonly HostEntry[], own: Partial<Defaults> = {}) {
  return planHosts(entries, { config: parseSshConfig(CONFIG, 'config', () => []), defaults: { ...defaults, ...own }, here })
}

function only(address: string, own: Partial<Defaults> = {}) {
  return plan(readArguments([address]).entries, own).hosts[0]!
}

test('the list goes before the settings, these before the ssh config, and then come its defaults', () => {
  const ends = (own: Partial<Defaults>) => ['web', 'root@web:22', 'other'].map((address) => endOf(only(address, own).target))
  assert.deepEqual(ends({}), ['from-config@10.0.0.1:2222', 'root@10.0.0.1', 'me@other'])
  assert.deepEqual(ends({ user: 'inventory', port: 2022 }), ['inventory@10.0.0.1:2022', 'root@10.0.0.1', 'inventory@other:2022'])
  assert.equal(only('web').target.credentials.key, '/home/me/.ssh/from-config')
  assert.equal(only('web', { credentials: { ...defaults.credentials, key: '/k' } }).target.credentials.key, '/k')
})

test('a gateway follows the ssh config, its own gateways too', () => {
  const { via } = only('web', { user: 'inventory' }).target
  assert.deepEqual(via.map(endOf), ['inventory@outer:2200', 'gate@192.0.2.1'])
  assert.deepEqual(
    via.map(({ credentials }) => credentials.agent),
    ['/run/agent', null],
  )
})

test('a gateway is trusted as its own lines say, and never more than the settings', () => {
  const policies = (own: Partial<Defaults>) => only('guarded', own).target.via.map(({ hostKeys }) => hostKeys)
  assert.deepEqual(
    [policies({}), policies({ hostKeys: 'strict' })],
    [
      ['accept-new', 'strict'],
      ['strict', 'strict'],
    ],
  )
  assert.equal(only('guarded').target.hostKeys, 'accept-new')
})

test('the list may switch off gateways and sudo', () => {
  const [entry] = readArguments(['web']).entries
  const { via, become } = plan([{ ...entry!, jump: [], become: 'none' }]).hosts[0]!.target
  assert.deepEqual({ via, become }, { via: [], become: null })
})

test('what the ssh config has and rollcall cannot follow is an obstacle, unless the system has its own ssh do it', () => {
  const { hosts, notes } = plan(readArguments(['strange', 'web']).entries)
  assert.deepEqual(
    hosts.map(({ obstacle }) => obstacle),
    ["ProxyCommand (config:14) of the ssh config cannot be followed here: set ssh.client to 'openssh'", null],
  )
  assert.deepEqual(notes, ["CertificateFile (config:15) is not followed, for 1 host: if that is missed, set ssh.client to 'openssh'"])
  const { target, obstacle } = only('strange', { client: 'openssh' })
  assert.deepEqual({ address: target.address, obstacle }, { address: 'strange', obstacle: null })
  // Behind gateways, which rollcall sees to, it finds its own lines by these names.
  const behind = only('web', { client: 'openssh' }).target
  assert.deepEqual(
    [...behind.via, behind].map(({ address, alias }) => `${alias} ${address}`),
    ['outer outer', 'bastion 192.0.2.1', 'web 10.0.0.1'],
  )
})

test('one host twice, or one name twice, is an error that names both lines', () => {
  const cases = [
    ['web-01\n# again\nWEB-01', /list:3: the host web-01 is there already, in list:1/],
    ['10.0.0.1\nroot@10.0.0.1:22 b', /list:2: the host 10\.0\.0\.1 is there already, in list:1/],
    ['a x\nb x', /list:2: the name x is there already, in list:1/],
    ['10.0.0.1:2222\nweb', null],
    ['loop', /reached through itself/],
  ] as const
  for (const [text, message] of cases) {
    const planned = () => plan(readPlain(text, 'list').entries)
    if (message === null) assert.equal(planned().hosts.length, 2)
    else assert.throws(planned, { name: 'HostListError', message })
  }
})

test('ten thousand hosts against a config of a thousand are planned within seconds', () => {
  const text = Array.from(
    { length: 1000 },
    (_, index) => `Host h${index} h${index}.* *-${index}\n  HostName 10.0.${index >> 8}.${index & 255}`,
  ).join('\n')
  const config = parseSshConfig(text, 'config', () => [])
  const start = performance.now()
  const { hosts } = planHosts(readArguments(['x[1-10000]']).entries, { config, defaults, here })
  assert.equal(hosts.length, 10_000)
  assert.ok(performance.now() - start < 10_000)
})
