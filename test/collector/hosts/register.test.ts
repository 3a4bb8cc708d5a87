import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatOf } from '../../../collector/hosts/detect.ts'
import { readRegister } from '../../../collector/hosts/register.ts'

test('assets are reached at their hostnames, else at their names, over all pages', async () => {
  const pages: Readonly<Record<string, unknown>> = {
    '/api/v1/assets?q=web&limit=1000': {
      results: [
        { name: 'web-01', hostname: 'web-01.fra1.example.com' },
        { name: 'web-02', hostname: 'localhost.localdomain' },
      ],
      next: 'n',
    },
    '/api/v1/assets?q=web&limit=1000&cursor=n': { results: [{ name: '10.0.0.5', hostname: null }], next: null },
  }
  const { entries } = await readRegister('web', async (path) => pages[path])
  assert.deepEqual(
    entries.map(({ name, address }) => [name, address]),
    [
      ['web-01', 'web-01.fra1.example.com'],
      ['web-02', 'web-02'],
      ['10.0.0.5', '10.0.0.5'],
    ],
  )
})

test('a query with = is filters, and an asset that cannot be reached is told', async () => {
  const asked: string[] = []
  const read = async (path: string) => {
    asked.push(path)
    return { results: [{ name: 'Rack [1-3]', hostname: null }], next: null }
  }
  await assert.rejects(readRegister('kind=vm&stale=true', read), {
    name: 'HostListError',
    message: /:1: the asset "Rack \[1-3\]" has no hostname/,
  })
  assert.deepEqual(asked, ['/api/v1/assets?kind=vm&stale=true&limit=1000'])
  await assert.rejects(
    readRegister('', async () => ({ results: [], next: null })),
    /names no host/,
  )
})

test('a list without an ending shows its format', () => {
  const texts = {
    'web-01\n10.0.0.1:22 db': 'plain',
    '# one\n[::1]:22': 'plain',
    '[2001:db8::1]': 'plain',
    'web,db': 'plain',
    'address,user\nweb,root': 'csv',
    '"name";"address"': 'csv',
    '[web]\nweb-01': 'ansible-ini',
    'web-01 ansible_host=10.0.0.1': 'ansible-ini',
    'web-01\n[db:children]': 'ansible-ini',
    'all:\n  hosts:': 'ansible-yaml',
    '---\n# x\nweb:\n  hosts:': 'ansible-yaml',
    'hosts:\n  - web': 'yaml',
    'defaults: {user: root}\ngroups:': 'yaml',
    '{"hosts": ["web"]}': 'yaml',
    '{"all": {"hosts": {}}}': 'ansible-yaml',
    '': 'plain',
  }
  for (const [text, format] of Object.entries(texts)) assert.equal(formatOf('-', text), format, text)
  assert.equal(formatOf('hosts.txt', '[web]'), 'ansible-ini')
  assert.equal(formatOf('x.CSV', 'web'), 'csv')
})
