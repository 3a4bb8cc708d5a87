import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../cmdb-api/contract.ts'
import { collectHost } from '../../collector/collect.ts'
import type { Middleware } from '../../collector/middleware.ts'
import { pack, whole } from '../../collector/packed-report.ts'
import { SectionMemo } from '../../collector/section-memo.ts'
import type { Plugin } from '../../plugins/define.ts'
import type { Capture } from '../../plugins/frames.ts'
import { builtinPlugins, recordedOf } from '../plugins/recorded.ts'
import { packages, pluginOf } from './plugins.ts'

interface Asked {
  readonly memo?: SectionMemo
  readonly middleware?: readonly Middleware[]
}

/** The report of a capture, without what is never the same twice. */
async function reportOf(plugins: readonly Plugin[], capture: Capture, more: Asked = {}): Promise<Report> {
  const { report } = await collectHost({
    plugins,
    run: async () => capture,
    cert: null,
    pin: false,
    address: 'address',
    collector: { version: '0', mode: 'ssh', name: 'test' },
    now: () => 0,
    ...more,
  })
  return { ...report, id: '' }
}

function captureOf(stdout: string, complete = true): Capture {
  return { complete, probes: { packages: { exit: 0, stdout, stderr: '' } } }
}

/** A plugin that counts how often it parses. */
function counting(): { readonly plugin: Plugin; readonly times: () => number } {
  let times = 0
  return {
    plugin: {
      ...packages,
      parse: (answers) => {
        times += 1
        return (packages as Plugin).parse(answers)
      },
    },
    times: () => times,
  }
}

const change: Middleware = async (host, next) => {
  const draft = await next(host)
  return { ...draft, sections: { packages: { status: 'skipped', reason: 'not of this host' } } }
}

const spoil: Middleware = async (host, next) => {
  const draft = await next(host)
  Object.assign(draft.sections['packages']!, { data: {} })
  return draft
}

const both: Middleware = async (host, next) => {
  const draft = await next(host)
  return { ...draft, sections: { packages: draft.sections['packages']!, other: draft.sections['packages']! } }
}

test('every fixture gives the same report with a memory as without, and again from it', async () => {
  const plugins = await builtinPlugins()
  const memo = new SectionMemo()
  for (const plugin of plugins) {
    for (const { name, capture } of recordedOf(plugin.name)) {
      const plain = await reportOf([plugin], capture)
      for (const round of ['first', 'second']) {
        const remembered = await reportOf([plugin], capture, { memo })
        const where = `${plugin.name} ${name}, ${round}`
        assert.equal(JSON.stringify(remembered), JSON.stringify(plain), where)
        const packed = pack(remembered, (section) => memo.jsonOf(section))
        assert.deepEqual(whole(packed), JSON.parse(JSON.stringify(plain)), where)
      }
    }
  }
})

test('the same answers are parsed once, others each', async () => {
  const { plugin, times } = counting()
  const memo = new SectionMemo()
  for (const text of ['zlib 1.3 idle\n', 'zlib 1.3 idle\n', 'zlib 1.4 idle\n', 'zlib 1.3 idle\n']) {
    const { sections } = await reportOf([plugin], captureOf(text), { memo })
    assert.equal(JSON.stringify(sections), JSON.stringify((await reportOf([packages], captureOf(text))).sections))
  }
  assert.equal(times(), 2)
})

test('a stream that was cut is not taken for one that was not', async () => {
  const memo = new SectionMemo()
  const plugin = pluginOf('asked', { exec: ['asked'] })
  const statuses: (string | undefined)[] = []
  for (const complete of [true, false, true]) {
    const { sections } = await reportOf([plugin], { complete, probes: {} }, { memo })
    statuses.push(sections['asked']?.status)
  }
  assert.deepEqual(statuses, ['absent', 'truncated', 'absent'])
})

test('what was not asked for longest is forgotten first, by number and by size', async () => {
  const { plugin, times } = counting()
  const memo = new SectionMemo({ entries: 2, characters: 1000 })
  const ask = async (text: string): Promise<number> => {
    const before = times()
    await reportOf([plugin], captureOf(text), { memo })
    return times() - before
  }
  assert.deepEqual([await ask('a 1 x\n'), await ask('b 1 x\n'), await ask('a 1 x\n'), await ask('c 1 x\n')], [1, 1, 0, 1])
  assert.equal(memo.size, 2)
  assert.deepEqual([await ask('a 1 x\n'), await ask('b 1 x\n')], [0, 1])
  assert.equal(await ask('d 1 x\n'.repeat(100)), 1)
  assert.equal(memo.size, 2)
  await ask('e 1 x\n'.repeat(1000))
  assert.equal(memo.size, 0)
})

test('a middleware that changes a section of one host changes it for that host alone', async () => {
  const memo = new SectionMemo()
  const capture = captureOf('zlib 1.3 idle\n')
  const plain = await reportOf([packages], capture)
  const sections = async (more: Asked) => (await reportOf([packages], capture, { memo, ...more })).sections
  assert.deepEqual(await sections({}), plain.sections)
  assert.equal((await sections({ middleware: [change] }))['packages']?.status, 'skipped')
  assert.deepEqual(await sections({ middleware: [(host, next) => next(host)] }), plain.sections)
})

test('a middleware cannot write into what other hosts share', async () => {
  const memo = new SectionMemo()
  const capture = captureOf('zlib 1.3 idle\n')
  await assert.rejects(reportOf([packages], capture, { memo, middleware: [spoil] }), TypeError)
  assert.deepEqual((await reportOf([packages], capture, { memo })).sections, (await reportOf([packages], capture)).sections)
})

test('a section under the name of another plugin is sealed as that one says', async () => {
  const memo = new SectionMemo()
  const other: Plugin = { ...packages, name: 'other', version: 7 }
  const { sections } = await reportOf([packages, other], captureOf('zlib 1.3 idle\n'), { memo, middleware: [both] })
  assert.deepEqual(
    Object.values(sections).map((section) => 'version' in section && section.version),
    [packages.version, 7],
  )
})
