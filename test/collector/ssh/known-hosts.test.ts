import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { fingerprint, KnownHosts, knownHostLine } from '../../../collector/ssh/known-hosts.ts'
import { Credentials } from '../../../collector/ssh/credentials.ts'
import { hostTrust } from '../../../collector/ssh/host-trust.ts'
import { Secret } from '../../../collector/ssh/secret.ts'
import { endpointFault, entryKey, hostKeyName } from '../../../collector/ssh/target.ts'
import { scratch } from '../scratch.ts'
import { targetOf } from './targets.ts'
import { keyPair } from '../../ssh-keys.ts'

const [one, two] = [0, 1].map(() => keyPair().public)
const bytes = (key: string | undefined): Buffer => Buffer.from(key!.split(' ')[1]!, 'base64')

function known(text: string): KnownHosts {
  const hosts = new KnownHosts()
  hosts.add(text, 'file')
  return hosts
}

const CASES: readonly (readonly [lines: string, name: string, verdict: string])[] = [
  [`web ${one}`, 'web', 'known'],
  [`web,10.0.0.5 ${one} a comment`, '10.0.0.5', 'known'],
  [`WEB ${one}`, 'web', 'known'],
  [`web ${one}`, '[web]:2222', 'new'],
  [`[web]:2222 ${one}`, '[web]:2222', 'known'],
  [`*.dc1,!db.dc1 ${one}`, 'web.dc1', 'known'],
  [`*.dc1,!db.dc1 ${one}`, 'db.dc1', 'new'],
  [`web0? ${one}`, 'web01', 'known'],
  [`web ${two}`, 'web', 'changed'],
  [`web ${two}\nweb ${one}`, 'web', 'known'],
  [`web ssh-rsa AAAA`, 'web', 'changed'],
  [`web ${one}\n@revoked * ${one}`, 'web', 'revoked'],
  [`@cert-authority *.dc1 ${two}`, 'web.dc1', 'only-ca'],
  [`# web ${one}\n\nweb\nweb ssh-ed25519`, 'web', 'new'],
]

for (const [lines, name, verdict] of CASES) {
  test(`${name} is ${verdict} by ${JSON.stringify(lines.replaceAll(/(\S{12})\S{30,}/g, '$1…'))}`, () => {
    assert.equal(known(lines).check(name, bytes(one)).is, verdict)
  })
}

test('hashed names, as ssh-keygen -H writes them', (t) => {
  const file = join(scratch(t), 'known_hosts')
  writeFileSync(file, `web ${one}\n[db]:2222 ${two}\n`)
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
  const text = readFileSync(file, 'utf8')
  assert.doesNotMatch(text, /^web|\[db\]/m)
  assert.equal(known(text).check('web', bytes(one)).is, 'known')
  assert.equal(known(text).check('[db]:2222', bytes(two)).is, 'known')
  assert.equal(known(text).check('[db]:2222', bytes(one)).is, 'changed')
  assert.equal(known(text).check('other', bytes(one)).is, 'new')
})

test('a pattern of many stars is quick', () => {
  const begun = performance.now()
  known(`${'*a'.repeat(200)} ${one}`).check('a'.repeat(199), bytes(one))
  assert.ok(performance.now() - begun < 100)
})

test('a fingerprint is what ssh-keygen -l prints', (t) => {
  const file = join(scratch(t), 'key.pub')
  writeFileSync(file, `${one}\n`)
  assert.equal(execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' }).split(' ')[1], fingerprint(bytes(one)))
})

test('a new key becomes a line that knows it', () => {
  assert.equal(known(knownHostLine('web', bytes(one))).check('web', bytes(one)).is, 'known')
})

function judged(policy: 'strict' | 'accept-new' | 'off', lines: string): string {
  const trust = hostTrust(targetOf({ address: 'web', hostKeys: policy }), known(lines))
  return `${trust.verify(bytes(one))} ${trust.newLine() === null ? 'not kept' : 'kept'}`
}

test('policies: what is done with a new, a changed and a revoked key', () => {
  assert.deepEqual(
    (['strict', 'accept-new', 'off'] as const).map((policy) => [
      judged(policy, ''),
      judged(policy, `web ${two}`),
      judged(policy, `@revoked * ${one}`),
    ]),
    [
      ['false not kept', 'false not kept', 'false not kept'],
      ['true kept', 'false not kept', 'false not kept'],
      ['true not kept', 'true not kept', 'false not kept'],
    ],
  )
})

test('a host is asked for the key that is known of it', () => {
  const trust = hostTrust(targetOf({ address: 'web', hostKeys: 'strict' }), known('web ssh-rsa AAAA'))
  assert.deepEqual(trust.algorithms.slice(0, 3), ['rsa-sha2-256', 'rsa-sha2-512', 'ssh-rsa'])
})

test('nothing prints a secret', () => {
  const secret = new Secret('s3cret')
  const credentials = new Credentials([], null, secret)
  const shown = [
    String(secret),
    JSON.stringify({ secret, credentials }),
    inspect({ secret, credentials }, { depth: 9, showHidden: true }),
    String(credentials),
    String(new Error('x', { cause: secret }).cause),
  ]
  assert.doesNotMatch(shown.join('\n'), /s3cret/)
  assert.throws(() => structuredClone({ inspect: () => secret }))
  assert.doesNotMatch(inspect(structuredClone({ secret })), /s3cret/)
})

test('an entry is keyed by how it is reached', () => {
  const gateway = { ...targetOf({ address: 'GW', port: 2222 }) }
  assert.equal(entryKey(targetOf({ address: 'Web' })), 'web')
  assert.equal(entryKey(targetOf({ address: '10.0.0.5', via: [gateway] })), '[gw]:2222>10.0.0.5')
  assert.equal(hostKeyName(targetOf({ address: 'fe80::1%eth0', port: 23 })), '[fe80::1%eth0]:23')
})

function faulty(own: object): boolean {
  return endpointFault(targetOf(own)) !== null
}

test('an address that would be an option, and other nonsense, is refused', () => {
  for (const address of ['-oProxyCommand=id', '', 'a b', 'a\nb', "a'b", 'a;b', '$(id)']) assert.ok(faulty({ address }), address)
  for (const address of ['web-01', 'web_01.dc1', '10.0.0.5', 'fe80::1%eth0', '::1', 'münchen.example'])
    assert.ok(!faulty({ address }), address)
  for (const user of ['-l', '', 'a b', 'a\nb']) assert.ok(faulty({ user }), user)
  for (const port of [0, 65_536, 1.5]) assert.ok(faulty({ port }))
})
