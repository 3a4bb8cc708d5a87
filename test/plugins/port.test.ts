import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import port from '../../plugins/builtin/port.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Fields } from '../../plugins/items.ts'
import { recordedOf } from './recorded.ts'

const server = recordedOf('port').find(({ name }) => name.startsWith('debian-12'))!.capture.probes['ss-listening']!.stdout

test('ports that the kernel picks and addresses of interfaces that come and go are no change', () => {
  const later = server
    .replace('0.0.0.0:41832', '0.0.0.0:52001')
    .replace('127.0.0.1:38211', '127.0.0.1:46655')
    .replace('0.0.0.0:40127', '0.0.0.0:33444')
    .replace('%veth8be07d1', '%veth3fa91c2')
    .replaceAll(/pid=\d+/g, 'pid=7')
  assert.deepEqual(changes(server, later), [])
})

test('a service on demand is no change while systemd holds its socket', () => {
  assert.deepEqual(changes(server, server.replace('("cupsd",pid=1204,fd=7),', '')), [])
})

test('a new listener is one addition, and without root its program is not known', () => {
  const row = 'tcp   LISTEN 0      128                            127.0.0.1:5432         0.0.0.0:*    users:(("postgres",pid=9,fd=7))\n'
  assert.deepEqual(changes(server, server + row), ['added protocol+address+port=tcp/127.0.0.1/5432'])
  // lockd's port, too, is told from a server's by what only root sees.
  const withoutLockd = (server + row).replace(/^.*:40127 .*\n/m, '')
  assert.deepEqual(changes(withoutLockd, withoutLockd.replaceAll(/users:.*$/gm, '')), [])
})

test('iproute2 of RHEL 6, which writes * for every IPv4 address', () => {
  const text = `Netid State      Recv-Q Send-Q     Local Address:Port       Peer Address:Port
tcp   LISTEN     0      128                   :::22                   :::*
tcp   LISTEN     0      128                    *:22                    *:*
`
  assert.deepEqual(
    sockets('ss', text).map(({ address }) => address),
    ['0.0.0.0', '::'],
  )
})

const HEADING = 'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port'

const WILDCARDS: readonly (readonly [of: string, probe: 'ss' | 'netstat', rows: string, addresses: readonly string[]])[] = [
  [
    'iproute2 before 4.19 on a host without IPv6',
    'ss',
    'tcp LISTEN 0 128 *:22 *:*\ntcp LISTEN 0 100 127.0.0.1:25 *:*\n',
    ['0.0.0.0', '127.0.0.1'],
  ],
  ['a later one that shows nothing but sockets for both', 'ss', `${HEADING}Process\ntcp LISTEN 0 128 *:80 *:*\n`, ['::']],
  ['a later one, told by a peer', 'ss', 'tcp LISTEN 0 128 *:80 *:*\ntcp LISTEN 0 100 127.0.0.1:25 0.0.0.0:*\n', ['127.0.0.1', '::']],
  ['a later one, told by brackets', 'ss', 'tcp LISTEN 0 128 *:80 *:*\ntcp LISTEN 0 5 [::1]:631 [::]:*\n', ['::', '::1']],
  [
    'netstat without -n',
    'netstat',
    'tcp 0 0 *:ssh *:* LISTEN\ntcp6 0 0 *:www *:* LISTEN\ntcp6 0 0 [::]:smtp [::]:* LISTEN\n',
    ['0.0.0.0', '::', '::'],
  ],
]

for (const [of, probe, rows, addresses] of WILDCARDS) {
  test(`what * stands for: ${of}`, () => {
    assert.deepEqual(
      sockets(probe, rows).map(({ address }) => address),
      addresses,
    )
  })
}

test('processes as iproute2 before 4.0 wrote them', () => {
  const [ssh] = sockets('ss', 'tcp LISTEN 0 128 :::22 :::* users:(("sshd",801,4),("systemd-x",1,3))\n')
  assert.deepEqual(ssh!['processes'], ['sshd', 'systemd-x'])
})

test('ports by the names of their services, and no list at all where a name is not known', () => {
  const rows = 'tcp LISTEN 0 128 0.0.0.0:zabbix-agent 0.0.0.0:*\ntcp LISTEN 0 128 0.0.0.0:x11 0.0.0.0:*\n'
  assert.deepEqual(
    sockets('ss', rows).map(({ port: number }) => number),
    [10_050, 6000],
  )
  assert.equal(data('ss', `${rows}tcp LISTEN 0 128 0.0.0.0:our-own 0.0.0.0:*\n`)['sockets'], null)
  // What waits on no port is no socket that others reach.
  assert.equal(sockets('ss', `${rows}udp UNCONN 0 0 *:* *:*\n`).length, 2)
})

test('netstat says the same, and connections are no listeners', () => {
  const text = `Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN      801/sshd: /usr/sbin
tcp        0      0 192.0.2.4:22            192.0.2.9:51514         ESTABLISHED 1401/sshd: alice
tcp6       0      0 :::80                   :::*                    LISTEN      902/nginx: master
udp        0      0 0.0.0.0:68              0.0.0.0:*                           611/dhclient
`
  assert.deepEqual(sockets('netstat', text), [
    { protocol: 'tcp', address: '0.0.0.0', port: 22, processes: ['sshd'] },
    { protocol: 'tcp', address: '::', port: 80, processes: ['nginx'] },
    { protocol: 'udp', address: '0.0.0.0', port: 68, processes: ['dhclient'] },
  ])
})

function data(probe: string, text: string): Fields {
  const section = evaluate(port, { probes: { [probe]: { exit: 0, stdout: text, stderr: '' } }, complete: true })
  assert.equal(section.status, 'ok')
  return section.status === 'ok' ? section.data : {}
}

function sockets(probe: string, text: string): Fields[] {
  return data(probe, text)['sockets'] as Fields[]
}

function changes(before: string, after: string): string[] {
  return diffSection(port.keys, data('ss-listening', before), data('ss-listening', after)).changes.map(({ op, item }) => `${op} ${item}`)
}
