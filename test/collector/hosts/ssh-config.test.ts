import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { loginTo, type Here } from '../../../collector/hosts/login.ts'
import { readSshConfig } from '../../../collector/hosts/ssh-config-files.ts'
import { lookUp } from '../../../collector/hosts/ssh-lookup.ts'
import { scratch } from '../scratch.ts'

const { username, uid } = userInfo()

/** A home with an ssh config, and a folder that stands for /etc/ssh. */
function places(t: TestContext, files: Readonly<Record<string, string>>) {
  const home = scratch(t)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true })
    writeFileSync(join(home, name), text)
  }
  const here: Here = { user: username, uid, home, isThere: (file) => file.endsWith('there'), env: { AGENT: '/run/agent' } }
  return { here, config: () => readSshConfig({ home, uid, systemFolder: join(home, 'etc') }) }
}

const CONFIG = `# comment
Host web-*  !web-9
  HostName %h.fra1.example.com
  User=deploy
  Port = 2222
  IdentityFile "~/.ssh/web key"
  IdentityFile ~/.ssh/second   # a comment behind
host DB-?
  hostname 10.0.0.5
Host db-1 db-?
  ProxyJump admin@bastion:2200,inner
  User 'db user'
Match host 10.0.0.5 !user root
  Port 2022
Match originalhost db-2,db-3
  HostName 10.0.0.6
Match !originalhost db-*,web-* user ${username}
  User nobody
Match localuser ${username}
  HostKeyAlias known
Match final host *.example.com
  ProxyJump final
Host *
  User everybody
  IdentityFile ~/.ssh/all
`

const HOSTS = [
  'web-1',
  'web-9',
  'DB-1',
  'db-1',
  'db-2',
  'root@db-1',
  'other',
  'root@other',
  'x.example.com',
  '10.0.0.5',
  'web-1.fra1.example.com',
]

test('a host is looked up as ssh -G does', { skip: spawnSync('ssh', ['-V']).error !== undefined && 'there is no ssh here' }, (t) => {
  const { config, here } = places(t, { '.ssh/config': CONFIG })
  const read = config()
  for (const given of HOSTS) {
    const [host = '', user = null] = given.split('@').toReversed()
    const out = spawnSync('ssh', ['-G', '-F', join(here.home, '.ssh/config'), given], { encoding: 'utf8' })
    assert.equal(out.status, 0, out.stderr)
    const said = (keyword: string) =>
      out.stdout.split('\n').flatMap((line) => (line.startsWith(`${keyword} `) ? [line.slice(keyword.length + 1)] : []))
    const login = loginTo(read, { address: host, user, port: null }, here)
    const files = lookUp(read, { host, user, localUser: username }).values.get('identityfile') ?? []
    assert.deepEqual(
      {
        hostname: [login.address.toLowerCase()],
        user: [user ?? login.user ?? username],
        port: [String(login.port ?? 22)],
        proxyjump: login.jump === null ? [] : [login.jump],
        hostkeyalias: login.hostKeyAlias === null ? [] : [login.hostKeyAlias],
        identityfile: files,
      },
      Object.fromEntries(
        ['hostname', 'user', 'port', 'proxyjump', 'hostkeyalias', 'identityfile'].map((keyword) => [keyword, said(keyword)]),
      ),
      given,
    )
  }
})

test('Include opens patterns of files, within the Host block it stands in', (t) => {
  const { config, here } = places(t, {
    '.ssh/config': 'Include conf.d/*\nHost a\n  Include ~/.ssh/only-a\nHost *\n  Port 22\n',
    '.ssh/conf.d/1': 'Host b\n  Port 2001\n',
    '.ssh/conf.d/2': 'Host b c\n  Port 2002\n',
    '.ssh/only-a': 'Host *\n  User for-a\n',
    'etc/ssh_config': 'Include sub/*\n',
    'etc/sub/x': 'User from-system\nCiphers aes128-ctr\n',
  })
  const read = config()
  const login = (address: string) => loginTo(read, { address, user: null, port: null }, here)
  const found = ['a', 'b', 'c', 'd'].map((address) => [login(address).user, login(address).port])
  assert.deepEqual(found, [
    ['for-a', 22],
    ['from-system', 2001],
    ['from-system', 2002],
    ['from-system', 22],
  ])
})

test('tokens and variables are filled in, and the first key that is there is taken', (t) => {
  const { config, here } = places(t, {
    '.ssh/config':
      'Host web\n  HostName %h.dc1\n  IdentityFile none\n  IdentityFile ~/.ssh/%r@%h\n  IdentityFile %d/keys/%n-there\n  IdentityAgent ${AGENT}\n  StrictHostKeyChecking yes\n',
  })
  const login = loginTo(config(), { address: 'web', user: 'root', port: null }, here)
  assert.deepEqual(
    { address: login.address, key: login.key, agent: login.agent, isStrict: login.isStrict },
    { address: 'web.dc1', key: `${here.home}/keys/web-there`, agent: '/run/agent', isStrict: true },
  )
})

test('what cannot be followed is named with its line, and never run', (t) => {
  const { config, here } = places(t, {
    '.ssh/config': [
      'Match host other exec "touch ran"',
      'Match host web exec "touch ran"',
      'Host web',
      '  ProxyCommand nc %h %p',
      '  ProxyJump too-late',
      '  CertificateFile ~/.ssh/cert',
      '  Compression yes',
      'Host plain',
      '  ProxyCommand none',
      '  ProxyJump too-late',
    ].join('\n'),
    'etc/ssh_config': 'Ciphers aes128-ctr\nGSSAPIAuthentication yes\n',
  })
  const file = join(here.home, '.ssh/config')
  const read = config()
  const { jump, ignored, obstacles } = loginTo(read, { address: 'web', user: null, port: null }, here)
  assert.deepEqual({ jump, obstacles }, { jump: null, obstacles: [`Match exec (${file}:2)`, `ProxyCommand (${file}:4)`] })
  assert.ok(ignored.includes(`CertificateFile (${file}:6)`))
  assert.deepEqual(loginTo(read, { address: 'plain', user: null, port: null }, here).obstacles, [])
  assert.equal(loginTo(read, { address: 'plain', user: null, port: null }, here).jump, null)
})

test('a config that others may write, or that includes itself, is refused', (t) => {
  const open = places(t, { '.ssh/config': 'Host a\n' })
  chmodSync(join(open.here.home, '.ssh/config'), 0o666)
  assert.throws(open.config, { name: 'HostListError', message: /others may write it/ })
  assert.throws(places(t, { '.ssh/config': 'Include config\n' }).config, { name: 'HostListError', message: /include each other/ })
  assert.throws(places(t, { '.ssh/config': 'Host a\nPort\nUser "x\n' }).config, {
    message: /config:2: Port says nothing\n.*config:3: a quote/,
  })
  assert.deepEqual(places(t, {}).config(), [])
})
