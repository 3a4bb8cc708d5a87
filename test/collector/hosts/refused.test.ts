import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { HostListError } from '../../../collector/hosts/errors.ts'
import { readArguments } from '../../../collector/hosts/plain.ts'
import { readHosts, readText } from '../../../collector/hosts/read.ts'
import { parseSshConfig } from '../../../collector/hosts/ssh-config.ts'
import { lookUp } from '../../../collector/hosts/ssh-lookup.ts'
import { NOTHING_BESIDE } from '../../../collector/hosts/ansible-inventory.ts'

const REFUSED: readonly (readonly [file: string, text: string, message: RegExp])[] = [
  ['l', 'web-01 port=22', /an Ansible inventory ends in \.ini/],
  ['l', 'web[01-040]', /same length/],
  ['l', 'web[5-1]', /\[5…1\]: .*lower end/],
  ['l', 'web[a-3]', /no range/],
  ['l', 'web[01:40]', /write \[01-40\]/],
  ['l', '10.[0-255].[0-255].[0-255]', /stands for 16777216 hosts/],
  ['l', 'web[0-999999999]', /at most 100000/],
  ['l', 'web[1-3] a[1-2]', /3 hosts, and 2 names/],
  ['l', 'web[1-3] one', /3 hosts, and 1 name for them/],
  ['l', 'web:0', /no port/],
  ['l', 'web:65536', /no port/],
  ['l', 'root@[::1', /"\[::1" has a bracket/],
  ['l', '1001', /no IPv4 address/],
  ['l', 'a:b:c', /no port/],
  ['l', '-oProxyCommand=id', /no host name/],
  ['l', '@web', /no login name/],
  ['l', 'we\u0000b', /no host name/],
  ['l.csv', 'name,adress\nweb,10.0.0.1', /did you mean address/],
  ['l.csv', 'name,user\nweb,root', /address is missing/],
  ['l.csv', 'address,address\nweb,web', /twice/],
  ['l.csv', 'address,user\nweb', /l\.csv:2: 1 fields under 2 columns/],
  ['l.csv', 'address,user\nweb,"root', /l\.csv:2: a quote is not closed/],
  ['l.csv', 'address,become\nweb,doas', /sudo or none/],
  ['l.csv', 'address,port\nweb:22,2222', /two values for port/],
  ['l.yaml', 'hosts:\n  - web\n  - address: x\n    prot: 22', /l\.yaml:4: .*did you mean port/],
  ['l.yaml', 'hosts: [a]\ngroup: {}', /did you mean groups/],
  ['l.yaml', 'hosts: {a: 1}', /must be a list/],
  ['l.yaml', 'hosts:\n- [a]', /text or a mapping/],
  ['l.yaml', 'hosts: [a', /l\.yaml:/],
  ['l.yaml', 'a: &a [*a]', /too large|expected|mapping/],
  ['l.ini', '[a:children]\nb', /there is no group "b"/],
  ['l.ini', '[a:children]\nb\n[b:children]\na', /contains itself/],
  ['l.ini', '[a\nweb', /l\.ini:1/],
  ['l.ini', '[a:vars]\nansible_host', /expected name=value/],
  ['l.ini', "web ansible_user='x", /quote/],
  ['l.ini', 'web ansible_host={{ ip }}', /expected name=value/],
  ['l.ini', 'web ansible_host="{{ ip }}"', /is a template/],
  ['l.ini', 'web ansible_connection=local', /passed over.*\n.*names no host/],
  ['l.yml', 'plugin: aws_ec2', /ansible-inventory/],
  ['l.json', '{"_meta": {"hostvars": {}}}', /--yaml/],
]

for (const [file, text, message] of REFUSED) {
  test(`refused: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(
      readText(text, file, async () => NOTHING_BESIDE),
      (error) => {
        assert.ok(error instanceof HostListError, String(error))
        assert.match(error.message, message)
        return true
      },
    )
  })
}

test('a file that is not there is told without a line of it', async () => {
  const stdin = Readable.from([])
  await assert.rejects(readHosts('no-such-file', { home: '/', cwd: '/', stdin }), {
    message: 'no-such-file: is not there',
  })
})

test('of many bad lines the first are shown, and the others counted', () => {
  assert.throws(
    () => readArguments(Array.from({ length: 50 }, () => '-x')),
    (error: HostListError) => {
      assert.equal(error.problems.length, 50)
      assert.match(error.message, /^command line:1: .*\n(?:.*\n){19}and 30 more$/)
      return true
    },
  )
})

const words = fc.constantFrom(
  ...'\n|\n| |  |\t'.split('|'),
  ...'web 10.0.0.1 [1-3] [ ] : @ , " \' \\ # = - { } * &a *a <<'.split(' '),
  ...'hosts groups defaults children vars all address [web] [web:vars] [web:children] ansible_host= ansible_port {{ :'.split(' '),
  ...'Host Match Include HostName %h ! exec final ProxyJump'.split(' '),
)
const texts = fc.oneof(
  fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

test('any text gives hosts or a HostListError', async () => {
  await fc.assert(
    fc.asyncProperty(texts, fc.constantFrom('l', 'l.csv', 'l.yaml', 'l.yml', 'l.ini', 'l.json'), async (text, file) => {
      try {
        for (const { address } of (await readText(text, file, async () => NOTHING_BESIDE)).entries) assert.match(address, /^[^-\s][^\s]*$/)
      } catch (error) {
        if (!(error instanceof HostListError)) throw error
      }
    }),
    { numRuns: 3000 },
  )
})

test('any ssh config gives settings or a HostListError', () => {
  fc.assert(
    fc.property(texts, (text) => {
      try {
        lookUp(
          parseSshConfig(text, 'config', () => []),
          { host: 'web', user: null, localUser: 'me' },
        )
      } catch (error) {
        if (!(error instanceof HostListError)) throw error
      }
    }),
    { numRuns: 3000 },
  )
})

test('no text takes long', async () => {
  const long = 30_000
  const slow = [
    '['.repeat(long),
    'a,'.repeat(long),
    '{'.repeat(long),
    '- '.repeat(long),
    '"'.repeat(long),
    ' '.repeat(long),
    'web[1-99999]\n'.repeat(200),
  ]
  for (const text of slow)
    for (const file of ['l', 'l.csv', 'l.yaml', 'l.ini']) {
      const start = performance.now()
      await readText(text, file, async () => NOTHING_BESIDE).catch((error: unknown) => assert.ok(error instanceof HostListError))
      assert.ok(performance.now() - start < 5000, `${file}: ${text.slice(0, 20)}`)
    }
})
