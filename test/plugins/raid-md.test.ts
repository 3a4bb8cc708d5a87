import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRaid, told } from './raid-read.ts'

test('an array that mdadm calls by its name is the one of /proc/mdstat with the same members', () => {
  const mdstat = `Personalities : [raid1]
md127 : active raid1 sdb2[1] sda2[0]
      1046528 blocks super 1.2 [2/2] [UU]

md0 : active raid1 sdb1[1] sda1[0]
      524224 blocks super 1.0 [2/2] [UU]

unused devices: <none>
`
  for (const name of ['/dev/md/web:root', '/dev/md/0', '/dev/md/root']) {
    const detail = detailOf(name, 'raid1', 1046528, ['sda2', 'sdb2'])
    assert.deepEqual(arraysOf(mdstat, detail), [
      ['md0', 'raid1', null],
      ['md127', 'raid1', UUID],
    ])
  }
})

test('an array in a container has the members of the container, and both keep their names', () => {
  const mdstat = `md125 : active raid1 sda[1] sdb[0]
      52428800 blocks super external:/md127/1 [2/2] [UU]

md126 : active raid1 sda[1] sdb[0]
      104857600 blocks super external:/md127/0 [2/2] [UU]

md127 : inactive sdb[1](S) sda[0](S)
      6306 blocks super external:imsm
`
  const members = ['sda', 'sdb']
  assert.deepEqual(arraysOf(mdstat, detailOf('/dev/md/imsm0', 'container', null, members)), [
    ['md125', 'raid1', null],
    ['md126', 'raid1', null],
    ['md127', 'container', UUID],
  ])
  assert.deepEqual(arraysOf(mdstat, detailOf('/dev/md/Volume0', 'raid1', 104857600, members)), [
    ['md125', 'raid1', null],
    ['md126', 'raid1', UUID],
    ['md127', 'container', null],
  ])
  // Which of the two it is, nobody can tell.
  assert.deepEqual(arraysOf(mdstat, detailOf('/dev/md/Volume0', 'raid1', null, members)), [
    ['md/Volume0', 'raid1', UUID],
    ['md125', 'raid1', null],
    ['md126', 'raid1', null],
    ['md127', 'container', null],
  ])
})

test('a number is the name of an array where nothing says otherwise', () => {
  assert.deepEqual(arraysOf('unused devices: <none>\n', detailOf('/dev/md/3', 'raid5', 1046528, ['sda1', 'sdb1', 'sdc1'])), [
    ['md3', 'raid5', UUID],
  ])
  assert.deepEqual(arraysOf('unused devices: <none>\n', detailOf('/dev/md/data', 'raid5', 1046528, ['sda1'])), [['md/data', 'raid5', UUID]])
})

const UUID = '0a0b0c0d:11112222:33334444:5555cccc'

function detailOf(name: string, level: string, kibibytes: number | null, members: readonly string[]): string {
  const size = kibibytes === null ? '' : `        Array Size : ${kibibytes} (1.00 GiB 1.07 GB)\n`
  const rows = members.map((member, at) => `       ${at}       8       ${at}        ${at}      active sync   /dev/${member}\n`)
  return `${name}:
           Version : 1.2
        Raid Level : ${level}
${size}             State : clean
              UUID : ${UUID}

    Number   Major   Minor   RaidDevice State
${rows.join('')}`
}

function arraysOf(mdstat: string, detail: string): unknown[][] {
  return told(readRaid({ mdstat, 'mdadm-detail': detail })['softwareArrays'], 'name', 'level', 'uuid')
}
