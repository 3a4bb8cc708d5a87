import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { diffSection } from '../../cmdb-api/diff.ts'
import pci from '../../plugins/builtin/pci.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Fields } from '../../plugins/items.ts'
import { recordedOf } from './recorded.ts'

const { probes } = recordedOf('pci').find(({ name }) => name === 'debian-12--names-by-udev')!.capture

test('another card in the same slot is one removal and one addition', () => {
  const { changes } = diffSection(
    pci.keys,
    data(),
    data((text) => text.replace('8086:1593', '15B3:1017')),
  )
  assert.deepEqual(changes.map(({ op }) => op).toSorted(), ['added', 'removed'])
})

test('a database of names that is updated, and a device handed to a guest, are no change', () => {
  const after = data((text) => text.replace('Intel Corporation', 'Intel Corp.').replace('DRIVER=ice', 'DRIVER=vfio-pci'))
  assert.deepEqual(after, data())
})

test('of pci.ids only the lines of the ids at hand come back', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'rollcall-pci-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const folder of ['usr/share/misc', 'sys/bus/pci/devices/0000:00:03.0']) mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, 'sys/bus/pci/devices/0000:00:03.0/uevent'), 'PCI_CLASS=20000\nPCI_ID=1AF4:1041\n')
  writeFileSync(join(root, 'usr/share/misc/pci.ids'), PCI_IDS)
  const script = pci.probes['pci-ids'].sh.replaceAll(/\/(?=usr|sys|run)/g, `${root}/`)
  for (const shell of ['dash', 'bash', 'busybox'].filter((name) => spawnSync(name, ['true']).error === undefined)) {
    const { stdout } = spawnSync(shell, shell === 'busybox' ? ['ash', '-c', script] : ['-c', script], { encoding: 'utf8' })
    assert.equal(stdout, '1af4 Red Hat, Inc.\n1af4:1041 Virtio 1.0 network device\n', shell)
  }
})

const PCI_IDS = `# comment
1af4  Red Hat, Inc.
\t1000  Virtio network device
\t1041  Virtio 1.0 network device
\t\t1af4 1041  Of the subsystem
8086  Intel Corporation
\t1041  Another vendor's
C 02  Network controller
\t00  Ethernet controller
`

function data(edit: (text: string) => string = (text) => text): Fields {
  const edited = Object.entries(probes).map(([name, raw]) => [name, { ...raw, stdout: edit(raw.stdout) }] as const)
  const section = evaluate(pci, { probes: Object.fromEntries(edited), complete: true })
  assert.equal(section.status, 'ok')
  return section.status === 'ok' ? section.data : {}
}
