import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { readHosts } from '../../../collector/hosts/read.ts'
import { shown } from './entries.ts'

const FOLDER = 'test/fixtures/hostlists'
const here = { home: '/home/me', cwd: process.cwd(), stdin: Readable.from([]) }

const LISTS: Readonly<Record<string, readonly string[]>> = {
  'plain.txt': [
    '2: web01.fra1',
    '2: web02.fra1',
    '2: web03.fra1',
    '3: root@10.0.0.5 :2222 db-01',
    '4: 10.0.0.7 cache-a',
    '4: 10.0.0.8 cache-b',
    '6: 2001:db8::1 :22 v6-01',
    '7: 2001:db8::2',
    '8: CORP\\inventory@app1',
    '8: CORP\\inventory@app4',
    '8: CORP\\inventory@app5',
  ],
  'hosts.yaml': [
    '7: inventory@web-01.fra1 key=/home/me/.ssh/inventory',
    '8: root@10.0.0.5 :2222 db-01 key=/home/me/.ssh/inventory',
    '9: inventory@10.0.0.9 db-02 key=/home/me/.ssh/inventory become=sudo',
    ...['01', '02'].map((n) => `19: inventory@dmz${n}.fra1 :2222 key=/home/me/.ssh/inventory jump=admin@bastion.fra1:,@inner:`),
    `20: inventory@dmz03.fra1 :2222 key=${process.cwd()}/${FOLDER}/keys/dmz03 jump=`,
  ],
  'hosts.csv': [
    '2: web-01.fra1 web-01',
    '3: root@10.0.0.5 :2222 db;01 key=/home/me/.ssh/db become=sudo',
    '4: 10.0.1.1 node1 become=none',
    '4: 10.0.1.2 node2 become=none',
  ],
  'inventory.ini': [
    '2: everybody@mail.example.com mail.example.com',
    ...['01', '02', '03'].map((n) => `5: deploy@web${n}.fra1 :2022 web${n}.fra1 key=/home/me/.ssh/fra1 jump=admin@bastion.fra1:2222`),
    '6: deploy@10.0.0.4 :2200 web-old key=/home/me/.ssh/fra1 jump=admin@bastion.fra1:2222',
    '9: svc@10.0.0.5 db-01 key=/home/me/.ssh/fra1 become=sudo jump=admin@bastion.fra1:2222',
  ],
  'inventory.yaml': [
    '5: everybody@mail.example.com mail.example.com',
    ...['01', '03'].map((n) => `16: deploy@web${n}.fra1.example.com :2022 web${n}.fra1 key=/home/me/.ssh/fra1`),
    '20: from-file@10.0.0.5 :2222 db-01 key=/home/me/.ssh/fra1',
    '29: berlin@2001:db8::7 key=/home/me/.ssh/fra1 become=sudo',
    '30: only-me@ber-01 ber-01 key=/home/me/.ssh/fra1 become=sudo',
  ],
}

for (const [file, expected] of Object.entries(LISTS)) {
  test(`${file} gives its hosts`, async () => {
    const { entries } = await readHosts(`${FOLDER}/${file}`, here)
    assert.deepEqual(entries.map(shown), expected)
  })

  test(`${file} is the same by a pipe, and with the line ends and byte order mark of Windows`, async () => {
    const text = `\uFEFF${readFileSync(`${FOLDER}/${file}`, 'utf8').replaceAll('\n', '\r\n')}`
    const { entries } = await readHosts('-', { ...here, stdin: Readable.from([text]) })
    assert.deepEqual(
      entries.map(({ address, name }) => ({ address, name })),
      (await readHosts(`${FOLDER}/${file}`, here)).entries.map(({ address, name }) => ({ address, name })),
    )
  })
}

test('all bad lines are told at once, with their numbers', async () => {
  await assert.rejects(readHosts(`${FOLDER}/bad.txt`, here), (error: Error) => {
    assert.equal(error.name, 'HostListError')
    assert.deepEqual(
      error.message.split('\n').map((line) => /bad\.txt:(\d+)/.exec(line)?.[1]),
      ['2', '3', '4', '6', '7', '8'],
    )
    return true
  })
})

async function notes(file: string): Promise<string[]> {
  return (await readHosts(`${FOLDER}/${file}`, here)).notes.map(({ origin, message }) => `${origin.line}: ${message}`)
}

test('what an inventory holds and rollcall does not do is told, not guessed', async () => {
  assert.deepEqual(await notes('inventory.ini'), ['28: localhost is passed over: its connection is local, not ssh'])
  assert.deepEqual(await notes('inventory.yaml'), [
    '6: win-01 is passed over: its connection is winrm, not ssh',
    '31: ansible_ssh_pass is not read: name passwords by reference in the settings',
  ])
})

test('a list that is not there, is a folder or names nobody is an error', async () => {
  await assert.rejects(readHosts(`${FOLDER}/none.txt`, here), /none\.txt: is not there/)
  await assert.rejects(readHosts(FOLDER, here), /is a folder/)
  await assert.rejects(readHosts('-', here), /names no host/)
})
