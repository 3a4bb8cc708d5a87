import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import type { RawAnswer } from '../../plugins/answer.ts'
import container from '../../plugins/builtin/container.ts'
import { evaluate, type Section } from '../../plugins/evaluate.ts'

const RUNNING = { status: 'Up 2 hours', ports: '0.0.0.0:80->80/tcp, :::80->80/tcp' }

function row({ id = 'a', name = 'web', image = 'nginx:1.27', status = RUNNING.status, ports = RUNNING.ports } = {}): string {
  return [id.repeat(64), name, image, '2024-06-01 10:00:00 +0000 UTC', status, ports].join('\t')
}

function said(stdout: string): RawAnswer {
  return { exit: 0, stdout, stderr: '' }
}

function failed(exit: number, stderr = ''): RawAnswer {
  return { exit, stdout: '', stderr }
}

function sectionOf(docker: RawAnswer): Section {
  return evaluate(container, { probes: { 'docker-ps': docker, 'podman-ps': failed(127) }, complete: true })
}

function changes(before: RawAnswer, after: RawAnswer): string[] {
  const [old, now] = [sectionOf(before), sectionOf(after)]
  assert.ok(old.status === 'ok' && now.status === 'ok')
  return diffSection(container.keys, old.data, now.data).changes.map(({ op, field, new: value }) =>
    field === null ? op : [op, field, value].join(' '),
  )
}

test('a container that stops, and what docker then no longer shows, is no change', () => {
  assert.deepEqual(changes(said(row()), said(row({ status: 'Exited (0) 3 seconds ago', ports: '' }))), [])
})

test('time that passes, the way IPv6 is written and an image that lost its tag are no changes', () => {
  const later = row({ status: 'Up 3 hours (healthy)', ports: '[::]:80->80/tcp, 0.0.0.0:80->80/tcp', image: `sha256:${'9'.repeat(64)}` })
  assert.deepEqual(changes(said(row()), said(later)), [])
})

test('a renamed container is one change', () => {
  assert.deepEqual(changes(said(row()), said(row({ name: 'www' }))), ['changed name www'])
})

test('a container made anew under its old name is another one', () => {
  assert.deepEqual(changes(said(row()), said(row({ id: 'b', image: 'nginx:1.28' }))), ['removed', 'added'])
})

test('pods of Kubernetes come and go without a change', () => {
  assert.deepEqual(changes(said(row()), said(`${row()}\n${row({ id: 'c', name: 'k8s_app_web-1_default_0_0' })}`)), [])
})

test('docker that was uninstalled has no containers; docker that does not run keeps them', () => {
  assert.deepEqual(changes(said(row()), failed(127)), ['removed'])
  assert.deepEqual(changes(said(row()), failed(1)), [])
})

test('whoever may not ask docker is denied', () => {
  const { status } = sectionOf(failed(1, 'permission denied while trying to connect to the Docker daemon socket'))
  assert.equal(status, 'denied')
})

test('text that is no list of containers is refused', () => {
  assert.equal(sectionOf(said('CONTAINER\tIMAGE')).status, 'failed')
})
