import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { startLocal } from '../../collector/local-runner.ts'
import type { RawAnswer } from '../../plugins/answer.ts'
import { judge } from '../../plugins/answer.ts'
import type { Probes } from '../../plugins/define.ts'
import { buildScript, mergeProbes } from '../../plugins/script.ts'
import { scratch } from '../collector/scratch.ts'

const NONCE = '0123456789abcdef'
const SHELLS = [['sh'], ['dash'], ['bash'], ['ksh93'], ['mksh'], ['busybox', 'sh']] as const

async function ask(probes: Probes, shell: readonly [string, ...string[]] = ['sh'], edit = (script: string): string => script) {
  const script = edit(buildScript(probes, { nonce: NONCE }))
  const capture = await startLocal({ shell: [...shell, '-s'] })({ script, nonce: NONCE, probes: Object.keys(probes) })
  assert.equal(capture.complete, true)
  return capture.probes
}

/** Two disks with odd names, as a part of sysfs would be. */
function disks(t: TestContext): string {
  const root = scratch(t)
  for (const [name, size] of Object.entries({ 'a b': '1\n', 'c*d': '2\n', 'e:f': '3', c1d: '4\n' })) {
    mkdirSync(join(root, 'block', name, 'queue'), { recursive: true })
    writeFileSync(join(root, 'block', name, 'size'), size)
    writeFileSync(join(root, 'block', name, 'queue/rotational'), 'one\n\nthree: /x/y\n')
  }
  mkdirSync(join(root, 'block/folder/size'), { recursive: true })
  mkdirSync(join(root, 'block/binary'))
  writeFileSync(join(root, 'block/binary/size'), 'a\0b\n')
  symlinkSync('/nowhere', join(root, 'block/gone'))
  writeFileSync(join(root, '+dmi:id'), 'E:SLOT=1\nE:SIZE=2\n')
  return root
}

function probesOf(root: string): Probes {
  return {
    sizes: { files: [`${root}/block/[a-e]*/size`, `${root}/block/*/queue/rotational`] },
    none: { files: [`${root}/block/*/model`] },
    nowhere: { files: [`${root}/nowhere/*/model`] },
    udev: { file: `${root}/+dmi:id` },
    gone: { file: `${root}/gone` },
  }
}

/** What `grep -Hs ''` prints of them. */
function expected(root: string): string {
  const names = ['a b', 'c*d', 'c1d', 'e:f']
  const sizes = [1, 2, 4, 3].map((size, at) => `${root}/block/${names[at]}/size:${size}\n`)
  const queues = names.flatMap((name) => ['one', '', 'three: /x/y'].map((line) => `${root}/block/${name}/queue/rotational:${line}\n`))
  return [...sizes, ...queues].join('')
}

function without(text: string, name: string): string {
  return text.replaceAll(new RegExp(`^.*/${name}/.*\n`, 'gm'), '')
}

function assertRead(root: string, probes: Readonly<Record<string, RawAnswer>>): void {
  // What is no text: its bytes where grep has no opinion of them, else nothing.
  assert.equal(without(probes['sizes']!.stdout, 'binary'), expected(root))
  assert.deepEqual(judge(probesOf(root)['none']!, probes['none']), { status: 'ok', text: '' })
  assert.deepEqual(judge(probesOf(root)['nowhere']!, probes['nowhere']), { status: 'absent', reason: `${root}/nowhere is not there` })
  assert.equal(probes['udev']!.stdout, 'E:SLOT=1\nE:SIZE=2\n')
  assert.equal(probes['gone']!.exit, 'absent')
}

for (const shell of SHELLS) {
  const [program, ...args] = shell
  const skip = spawnSync(program, [...args, '-c', ':']).error !== undefined && `${program} is not installed`

  test(`${shell.join(' ')} reads all files of globs at once, each line with its path`, { skip }, async (t) => {
    const root = disks(t)
    assertRead(root, await ask(probesOf(root), shell))
  })

  test(`${shell.join(' ')} does so without a grep`, { skip }, async (t) => {
    const root = disks(t)
    assertRead(root, await ask(probesOf(root), shell, (script) => script.replace('if command -v grep', 'if false')))
  })

  test(`${shell.join(' ')} reads more files than an old kernel takes arguments`, { skip }, async (t) => {
    const root = scratch(t)
    const names = Array.from({ length: 2500 }, (_, at) => `${'x'.repeat(60)}-${String(at).padStart(4, '0')}`)
    for (const name of names) writeFileSync(join(root, name), `${name}\n`)
    const { many } = await ask({ many: { files: [`${root}/x*`] } }, shell)
    assert.equal(many!.stdout, names.map((name) => `${root}/${name}:${name}\n`).join(''))
  })
}

test('a file that hangs costs its own probe alone', { timeout: 120_000 }, async (t) => {
  const root = disks(t)
  mkdirSync(join(root, 'pipes'))
  spawnSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(root, 'pipes/hangs')])
  const probes = await ask({ ...probesOf(root), hangs: { files: [`${root}/pipes/*`], timeoutSeconds: 1 } })
  assert.equal(probes['hangs']!.exit, 'timeout')
  assertRead(root, probes)
})

test('a file that grep cannot read fails alone', async () => {
  // Nobody can read the memory of address 0.
  const probes = await ask({ memory: { file: '/proc/self/mem' }, status: { file: '/proc/self/status' } })
  assert.equal(judge({ file: '/proc/self/mem' }, probes['memory']).status, 'failed')
  assert.match(probes['status']!.stdout, /^Name:/)
})

test('a file that is no text fails alone', async (t) => {
  const root = scratch(t)
  writeFileSync(join(root, 'binary'), 'a\0b\n')
  const binary = { file: `${root}/binary` } as const
  const probes = await ask({ binary, status: { file: '/proc/self/status' } })
  assert.deepEqual(judge(binary, probes['binary']), { status: 'failed', reason: `${binary.file} ended with 2: ${binary.file} is not text` })
  assert.match(probes['status']!.stdout, /^Name:/)
})

test('what a probe needs is looked for without a process of its own', async () => {
  const all = { sh: 'echo here', needs: ['sh', '/proc'] } as const
  const one = { sh: 'echo here', needs: ['/proc', '/proc/no-such-thing'] } as const
  const probes = await ask({ all, one, program: { exec: ['echo'], needs: ['no-such-program'] } })
  assert.equal(probes['all']!.stdout, 'here\n')
  assert.deepEqual(judge(one, probes['one']), { status: 'absent', reason: '/proc or /proc/no-such-thing is not there' })
  assert.equal(probes['program']!.exit, 'absent')
})

test('two probes never read one file, for its lines could not be told apart', () => {
  const eth = { files: ['/sys/class/net/eth*/mtu'] } as const
  for (const other of [{ files: ['/sys/class/net/*/mtu'] }, { file: '/sys/class/net/lo/mtu' }] as const)
    assert.throws(() => mergeProbes([['one', { eth, other }]]), { name: 'PluginError', message: /read the same file/ })
  const distinct = { eth, other: { files: ['/sys/class/net/*/speed'] }, lo: { file: '/sys/class/net/lo/carrier' } } as const
  assert.deepEqual(mergeProbes([['one', distinct]]), distinct)
})
