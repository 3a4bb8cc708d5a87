import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labelItems, matchItems, type Item, type Keys } from '../../plugins/items.ts'

const PACKAGE: Keys = [
  ['name', 'arch'],
  ['name', 'arch', 'version'],
]
const DISK: Keys = ['serial', 'wwn', 'slot']

/** What became of the items of `before`, told by one field of each. */
function fate(before: readonly Item[], after: readonly Item[], keys: Keys, shown: string): string[] {
  const { pairs, removed, added } = matchItems(before, after, keys)
  const show = (item: Item | undefined): string => String(item?.[shown])
  return [
    ...pairs.map(([old, now]) => `${show(before[old])} is ${show(after[now])}`),
    ...removed.map((old) => `${show(before[old])} removed`),
    ...added.map((now) => `${show(after[now])} added`),
  ].toSorted()
}

const kernels = (...versions: string[]): Item[] => versions.map((version) => ({ name: 'kernel', arch: 'x86_64', version }))
const disk = (serial: string | null, wwn: string | null, slot: string | null, at: string): Item => ({ serial, wwn, slot, at })

const CASES: readonly (readonly [name: string, keys: Keys, shown: string, before: Item[], after: Item[], fate: string[]])[] = [
  ['an upgrade is the same package', PACKAGE, 'version', kernels('1'), kernels('2'), ['1 is 2']],
  ['a second version beside the first is one addition', PACKAGE, 'version', kernels('1'), kernels('1', '2'), ['1 is 1', '2 added']],
  [
    'the oldest of three versions goes, a newer one comes',
    PACKAGE,
    'version',
    kernels('1', '2', '3'),
    kernels('2', '3', '4'),
    ['1 removed', '2 is 2', '3 is 3', '4 added'],
  ],
  ['one of two versions is removed', PACKAGE, 'version', kernels('1', '2'), kernels('2'), ['1 removed', '2 is 2']],
  [
    'another architecture is another item',
    PACKAGE,
    'arch',
    [{ name: 'libc6', arch: 'amd64', version: '1' }],
    [
      { name: 'libc6', arch: 'i386', version: '1' },
      { name: 'libc6', arch: 'amd64', version: '1' },
    ],
    ['amd64 is amd64', 'i386 added'],
  ],
  ['order does not count', PACKAGE, 'version', kernels('1', '2'), kernels('2', '1'), ['1 is 1', '2 is 2']],
  [
    'another serial in the same slot is another disk',
    DISK,
    'at',
    [disk('A', null, '1', 'old')],
    [disk('B', null, '1', 'new')],
    ['new added', 'old removed'],
  ],
  ['a disk that changes its slot is the same', DISK, 'at', [disk('A', 'w1', '1', 'old')], [disk('A', 'w1', '2', 'new')], ['old is new']],
  [
    'a serial that could not be read falls back to the slot',
    DISK,
    'at',
    [disk('A', null, '1', 'old')],
    [disk(null, null, '1', 'new')],
    ['old is new'],
  ],
  [
    'a serial that two disks share identifies neither',
    DISK,
    'at',
    [disk('X', null, '1', 'one'), disk('X', null, '2', 'two')],
    [disk('X', null, '2', 'two'), disk('X', null, '3', 'three')],
    ['one removed', 'three added', 'two is two'],
  ],
  [
    'twins that nothing tells apart stay, and one more is one addition',
    DISK,
    'at',
    [disk(null, null, '1', 'a'), disk(null, null, '1', 'b')],
    [disk(null, null, '1', 'a'), disk(null, null, '1', 'b'), disk(null, null, '1', 'c')],
    ['a is a', 'b is b', 'c added'],
  ],
]

for (const [name, keys, shown, before, after, expected] of CASES) {
  test(name, () => assert.deepEqual(fate(before, after, keys, shown), expected))
}

test('labels are unique, and do not follow the order of the list', () => {
  const items = [...kernels('1', '2'), { name: 'zlib', arch: 'x86_64', version: '1' }, ...kernels('1')]
  const labels = labelItems(items, PACKAGE)
  assert.equal(new Set(labels).size, items.length)
  assert.equal(labels[1], 'name+arch+version=kernel/x86_64/2')
  assert.equal(labels[2], 'name+arch=zlib/x86_64')
  assert.deepEqual(labelItems(items.toReversed(), PACKAGE).toSorted(), labels.toSorted())
})

test('a label does not follow the order of fields, nor whether an unknown one is named', () => {
  const twins = [
    { name: 'x', size: 2, speed: 1 },
    { name: 'x', size: 1, speed: 2 },
  ]
  const others = [
    { speed: 1, name: 'x', size: 2 },
    { speed: 2, wwn: null, name: 'x', size: 1 },
  ]
  assert.deepEqual(labelItems(others, ['name']), labelItems(twins, ['name']))
})

test('an item that is called like the number of another keeps its label', () => {
  const items = ['a', 'a', 'a#2', 'a#2'].map((name, size) => ({ name, size }))
  assert.equal(new Set(labelItems(items, ['name'])).size, 4)
})

test('parts of a key that hold a slash are not taken for others', () => {
  const [before, after] = [
    { a: 'x/y', b: 'z' },
    { a: 'x', b: 'y/z' },
  ]
  assert.deepEqual(fate([before], [after], [['a', 'b']], 'a'), ['x added', 'x/y removed'])
  const alike = [before, after, { a: 'x\\', b: 'y/z' }, { a: 'x\\/y', b: 'z' }]
  const labels = alike.map((item) => labelItems([item], [['a', 'b']])[0])
  assert.deepEqual(labels, ['a+b=x\\/y/z', 'a+b=x/y/z', 'a+b=x\\\\/y/z', 'a+b=x\\\\\\/y/z'])
  assert.deepEqual(labelItems([{ uuid: 'u', mountPoint: '/var/log' }], [['uuid', 'mountPoint']]), ['uuid+mountPoint=u//var/log'])
})

test('hundreds of thousands of items that nothing tells apart cost no more each than a few', () => {
  const many = Array.from({ length: 300_000 }, () => ({ name: 'same' }))
  const start = process.cpuUsage()
  assert.equal(matchItems(many, many.slice(1), ['name']).removed.length, 1)
  assert.equal(new Set(labelItems(many, ['name'])).size, many.length)
  assert.ok(process.cpuUsage(start).user < 6_000_000)
})

test('ten thousand items of one key are matched at once', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => ({ name: 'same', arch: 'same', version: String(at) }))
  const start = performance.now()
  assert.equal(matchItems(many, many.toReversed(), PACKAGE).pairs.length, many.length)
  assert.ok(performance.now() - start < 2_000)
})
