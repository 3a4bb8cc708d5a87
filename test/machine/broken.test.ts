import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { prepare } from '../../collector/job.ts'
import { startLocal } from '../../collector/local-runner.ts'
import { evaluate } from '../../plugins/evaluate.ts'
import type { Capture } from '../../plugins/frames.ts'
import { scratch } from '../collector/scratch.ts'
import { onEveryDatabase } from '../databases.ts'
import { defaultPlugins, watch } from '../noise/register.ts'
import { makeWorld, NO_WORLD } from './world.ts'

/** What a program does in place of its work. */
const FAULTS: Readonly<Record<string, string>> = {
  hangs: 'trap "" TERM HUP INT; while :; do sleep 1000; done',
  'prints garbage': 'head -c 20000 /dev/urandom; head -c 20000 /dev/urandom >&2',
  'prints 100 MB': 'head -c 100000000 /dev/zero | tr "\\0" x',
  'fails half-way': '"$REAL" "$@" | head -c 300; echo "it broke" >&2; exit 3',
  'says nothing': 'exit 0',
  'may not be run': 'echo "$0: Permission denied" >&2; exit 126',
}

/** Programs that the script runs on this machine, and the sections that they may cost. */
const PROGRAMS: Readonly<Record<string, string>> = { ip: 'nic', 'dpkg-query': 'software', df: 'filesystem', ss: 'port', uname: 'basic' }

/** A hanging program has ten seconds; several of them wait one after the other. */
const LIMIT_MS = 15_000

onEveryDatabase('a host with a broken program', (database) => {
  test('keeps its other sections, and its register', { timeout: 120_000 }, async (t) => {
    const folder = scratch(t)
    const plugins = await defaultPlugins()
    // Where what others do on this machine does not show.
    const world = NO_WORLD === false ? makeWorld(t) : null
    world?.freeze(folder)
    const enter = world?.enter ?? []
    const healthy = await collect(null)
    const host = await watch(await database.open())
    assert.equal((await host.post(healthy.capture)).receipt.outcome, 'created')

    const cases = Object.keys(FAULTS).flatMap((fault) => Object.keys(PROGRAMS).map((program) => ({ fault, program })))
    const hanging = cases.filter(({ fault }) => fault === 'hangs')
    // Those that hang only wait: the others have the machine meanwhile.
    const broken = await Promise.all([
      Promise.all(hanging.map(async (one) => ({ ...one, ...(await collect(one)) }))),
      oneByOne(cases.filter(({ fault }) => fault !== 'hangs')),
    ])
    for (const { program, fault, capture, ms } of broken.flat()) {
      await t.test(`${program} ${fault}`, async () => {
        assert.ok(ms < LIMIT_MS, `${ms} ms`)
        assert.equal(capture.complete, true)
        for (const plugin of plugins) {
          const section = evaluate(plugin, capture)
          if (plugin.name === PROGRAMS[program]) assert.match(section.status, allowed(fault), section.reason)
          else assert.equal(section.status, evaluate(plugin, healthy.capture).status, `${plugin.name}: ${section.reason}`)
        }
        await host.post(healthy.capture)
        assert.deepEqual((await host.post(capture)).changes, [])
        assert.deepEqual((await host.post(healthy.capture)).changes, [])
      })
    }
    await host.close()

    async function oneByOne(all: typeof cases) {
      const done = []
      for (const one of all) done.push({ ...one, ...(await collect(one)) })
      return done
    }

    async function collect(fake: { readonly fault: string; readonly program: string } | null): Promise<{ capture: Capture; ms: number }> {
      const path = fake === null ? '' : `${bin(fake)}:`
      const started = performance.now()
      const run = startLocal({ shell: [enter[0] ?? 'env', ...enter.slice(1), 'env', `PATH=${path}${process.env['PATH']}`, 'sh', '-s'] })
      const capture = await run(prepare(plugins))
      return { capture, ms: performance.now() - started }
    }

    /** A folder with the one program that is to be found before the real one. */
    function bin({ fault, program }: { readonly fault: string; readonly program: string }): string {
      const own = join(folder, `${program}-${fault.replaceAll(' ', '-')}`)
      mkdirSync(own)
      const real = `REAL=$(PATH=${process.env['PATH']} command -v ${program})`
      writeFileSync(join(own, program), `#!/bin/sh\n${real}\n${FAULTS[fault]}\n`)
      chmodSync(join(own, program), 0o755)
      return own
    }
  })
})

/** A section may be good without what the program would have told. */
function allowed(fault: string): RegExp {
  switch (fault) {
    case 'hangs':
      return /^(ok|timeout)$/
    case 'prints 100 MB':
      return /^(ok|truncated)$/
    case 'may not be run':
      return /^(ok|denied)$/
    default:
      return /^(ok|failed)$/
  }
}
