import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import filesystem from '../../plugins/builtin/filesystem.ts'
import { readFolder } from '../../plugins/capture.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import { matchItems, type Item } from '../../plugins/items.ts'

const HOST: Capture = readFolder(join(import.meta.dirname, '../fixtures/filesystem/rocky-9--lvm-btrfs-nfs-automounts'))

function changed(probe: string, change: (text: string) => string): Capture {
  const raw = HOST.probes[probe]!
  return { ...HOST, probes: { ...HOST.probes, [probe]: { ...raw, stdout: change(raw.stdout) } } }
}

function dataOf(capture: Capture): { readonly filesystems: Item[] } {
  const section = evaluate(filesystem, capture)
  assert.equal(section.status, 'ok')
  return section.data as { readonly filesystems: Item[] } // The schema has this list.
}

function difference(after: Capture): { readonly removed: number; readonly added: number } {
  const { removed, added } = matchItems(dataOf(HOST).filesystems, dataOf(after).filesystems, filesystem.keys.filesystems)
  return { removed: removed.length, added: added.length }
}

const mounting = (line: string): Capture => changed('mountinfo', (text) => `${text}${line}\n`)

test('mounting one file system is one addition, also over another one', () => {
  assert.deepEqual(difference(mounting('90 22 8:49 / /backup rw,relatime - xfs /dev/sdd1 rw')), { removed: 0, added: 1 })
  assert.deepEqual(difference(mounting('90 22 8:16 / /srv/data/old rw - btrfs /dev/sdb rw,subvol=/')), { removed: 0, added: 1 })
})

test('unmounting one file system is one removal', () => {
  const less = changed('mountinfo', (text) => text.split('\n').filter((line) => !line.includes('/boot rw')).join('\n')) // prettier-ignore
  assert.deepEqual(difference(less), { removed: 1, added: 0 })
})

test('another file system in the same place is one removal and one addition', () => {
  const other = changed('udev-block', (text) =>
    text.replace('11112222-3333-4444-5555-666677778888', '99992222-3333-4444-5555-666677778888'),
  )
  assert.deepEqual(difference(other), { removed: 1, added: 1 })
})

for (const [noise, line] of [
  ['a container', '91 22 0:70 / /var/lib/docker/overlay2/ff/merged rw - overlay overlay rw,lowerdir=/a'],
  ['a pod', '91 22 0:70 / /var/lib/kubelet/pods/2/volumes/x rw - ext4 /dev/sdq rw'],
  ['a snap', '91 22 7:9 / /snap/core22/1 ro - squashfs /dev/loop9 ro'],
  ['a session', '91 26 0:71 / /run/user/1001 rw - tmpfs tmpfs rw,size=1k'],
  ['an automounted home', '91 51 0:53 / /home/bob rw - nfs4 nas01:/home/bob rw'],
  ['a bind mount', '91 22 253:0 /home/build /mnt/build rw - xfs /dev/mapper/rl-root rw'],
] as const) {
  test(`${noise} that mounts something is no change`, () => assert.deepEqual(dataOf(mounting(line)), dataOf(HOST)))
}

test('a disk that changes its kernel name, and one that fills, are no change', () => {
  const renamed = changed('mountinfo', (text) => text.replaceAll('/dev/sda1', '/dev/sdz1'))
  assert.deepEqual(dataOf(renamed), dataOf(HOST))
  assert.deepEqual(dataOf(changed('df', (text) => text.replaceAll('412300', '512300'))), dataOf(HOST))
})

test('a line that was cut before its place is no mount, and a swap area that is listed twice is one', () => {
  assert.deepEqual(dataOf(mounting('92 22 8:65 /  rw,relatime - xfs /dev/sde1 rw')), dataOf(HOST))
  const twice = changed('swaps', (text) => `${text}${text.trimEnd().split('\n').at(-1)!}\n`)
  assert.deepEqual(dataOf(twice), dataOf(HOST))
  const bare: Capture = { probes: { df: { ...HOST.probes['df']!, stdout: DF_CUT } }, complete: true }
  assert.deepEqual(
    dataOf(bare).filesystems.map(({ mountPoint }) => mountPoint),
    ['/'],
  )
})

const DF_CUT = `Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/sda2 20508240 5748028 13695408 30% /
/dev/sdb1 of another 20508240 5748028 13695408 30%
`
