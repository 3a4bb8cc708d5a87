import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import service from '../../plugins/builtin/service.ts'
import { evaluate, type Section } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import { recordedOf } from './recorded.ts'

const host = recordedOf('service').find(({ name }) => name === 'debian-12--systemd')!.capture

test('what stops, fails, logs in or is refreshed as a snap is no change', () => {
  const later = edited((text) =>
    text
      .replace('loaded    active   running   Regular', 'loaded    failed   failed    Regular')
      .replace('user@1000', 'user@1001')
      .replace('session-4.scope ', 'session-91.scope')
      .replace('snap-core22-1621', 'snap-core22-1748'),
  )
  assert.deepEqual(changes(later), [])
})

test('a service that is disabled, and an instance that is enabled, are one change each', () => {
  const disabled = edited((text) => text.replace(/(ssh\.service +)enabled /, '$1disabled'))
  assert.deepEqual(changes(disabled), ['changed name=ssh.service state'])
  const enabled = edited((text, probe) =>
    probe === 'systemd-instances' ? `${text}/etc/systemd/system/multi-user.target.wants/openvpn@office.service\n` : text,
  )
  assert.deepEqual(changes(enabled), ['added name=openvpn@office.service null'])
})

test('half an answer is none: units that could not be seen are not removed', () => {
  for (const probe of ['systemctl-list-unit-files', 'systemd-instances']) {
    const probes = { ...host.probes, [probe]: { exit: 'timeout', stdout: '', stderr: '' } as const }
    assert.equal(evaluate(service, { ...host, probes }).status, 'timeout')
  }
  assert.equal(section(edited((text, probe) => (probe === 'systemctl-list-unit-files' ? 'Bus is down\n' : text))).status, 'failed')
})

function edited(edit: (text: string, probe: string) => string): Capture {
  const probes = Object.entries(host.probes).map(([name, raw]) => [name, { ...raw, stdout: edit(raw.stdout, name) }] as const)
  return { ...host, probes: Object.fromEntries(probes) }
}

function section(capture: Capture): Section {
  return evaluate(service, capture)
}

function changes(after: Capture): string[] {
  const [old, now] = [section(host), section(after)]
  assert.ok(old.status === 'ok' && now.status === 'ok')
  return diffSection(service.keys, old.data, now.data).changes.map(({ op, item, field }) => `${op} ${item} ${field}`)
}
