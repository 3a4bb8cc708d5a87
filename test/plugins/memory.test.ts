import assert from 'node:assert/strict'
import { test } from 'node:test'
import memory from '../../plugins/builtin/memory.ts'
import { evaluate, type Section } from '../../plugins/evaluate.ts'

const HEADING = '              total        used        free      shared  buff/cache   available\n'

/** What `free` says of one machine in several units: total memory and swap in bytes, as far as its units are known. */
const UNITS: readonly (readonly [option: string, rows: string, totalBytes: number | null, swapBytes: number | null])[] = [
  [
    'free',
    'Mem:       24535184     9127340     3401296      712088    12006548    14287920\nSwap:       4194300        1024     4193276\n',
    24535184 * 1024,
    4194300 * 1024,
  ],
  [
    'free -b',
    'Mem: 25124028416  9346396160  3482927104   729178112 12294705152 14630830080\nSwap: 4294963200 1048576 4293914624\n',
    25124028416,
    4294963200,
  ],
  [
    'free -m',
    'Mem:          23960        8913        3321         695       11725       13953\nSwap:          4095           1        4094\n',
    null,
    null,
  ],
  [
    'free -m of a large machine',
    'Mem:         257601       98116       33210         695      126275      155700\nSwap:             0           0           0\n',
    null,
    null,
  ],
  [
    'free -g',
    'Mem:             24           8           4           0          12          12\nSwap:             4           0           4\n',
    null,
    null,
  ],
  [
    'free -h',
    'Mem:           23Gi       8.7Gi       3.2Gi       695Mi        11Gi        13Gi\nSwap:         4.0Gi       1.0Mi       4.0Gi\n',
    23 * 1024 ** 3,
    4 * 1024 ** 3,
  ],
  [
    'free -h of procps 3.3.9, in German',
    'Mem:           23G        8,7G        3,2G        695M         11G         13G\nSwap:         1,5G          0B        1,5G\n',
    23 * 1024 ** 3,
    1.5 * 1024 ** 3,
  ],
]

for (const [option, rows, totalBytes, swapBytes] of UNITS) {
  test(`the unit of ${option}`, () => {
    const section = sectionOf(HEADING + rows)
    assert.equal(section.status, totalBytes === null ? 'absent' : 'ok')
    if (section.status === 'ok') assert.deepEqual([section.volatile?.['totalBytes'], section.data['swapBytes']], [totalBytes, swapBytes])
  })
}

function sectionOf(free: string): Section {
  return evaluate(memory, { probes: { free: { exit: 0, stdout: free, stderr: '' } }, complete: true })
}
