import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { prepare } from '../collector/job.ts'
import manifest from '../package.json' with { type: 'json' }
import { BUILTINS, DEFAULTS } from '../plugins/index.ts'
import { scratch } from './collector/scratch.ts'

const ROOT = join(import.meta.dirname, '..')
const dist = mkdtempSync(join(tmpdir(), 'rollcall-bundle-'))

before(() => execFileSync(process.execPath, ['build.ts', dist], { cwd: ROOT }))
after(() => rmSync(dist, { recursive: true, force: true }))

/** What a file imports as soon as it is loaded. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(dist, file), 'utf8')
  return [...source.matchAll(/(?:^|[;\n}])(?:import|export)(?:[\w\s{},*$]+from)?\s*["'`]([^"'`]+)["'`]/g)].map(([, name]) => name!)
}

/** Everything that comes with a file, itself included. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const name of importsOf(file)) {
    if (name.startsWith('./')) loadedWith(name.slice(2), seen)
    else seen.add(name)
  }
  return seen
}

test('a collection loads Node and its own few files, nothing of the server, no validator and no YAML', () => {
  const loaded = ['main.js', 'collect.js', 'plugins.js'].flatMap((file) => [...loadedWith(file)])
  const foreign = loaded.filter((name) => !name.startsWith('node:') && !name.endsWith('.js'))
  assert.deepEqual(foreign, [])
  const files = new Set(loaded.filter((name) => name.endsWith('.js')))
  assert.ok(files.size <= 5, `each file costs half a millisecond: ${[...files].join(', ')}`)
  for (const file of files) assert.doesNotMatch(readFileSync(join(dist, file), 'utf8'), /Ajv2020|YAMLException|Fastify|SqliteDialect/, file)
  const bytes = [...files].reduce((all, file) => all + statSync(join(dist, file)).size, 0)
  assert.ok(bytes < 360_000, `${bytes} bytes are read at every collection`)
})

test('an agent that waits holds what every command begins with and a file of its own, and nothing of a collection', () => {
  const files = [...loadedWith('agent.js')].filter((name) => name.endsWith('.js'))
  assert.deepEqual(files.toSorted(), ['agent.js', 'rolldown-runtime.js', 'start.js'])
  const source = ['agent.js', 'start.js'].map((file) => readFileSync(join(dist, file), 'utf8')).join('\n')
  assert.match(source, /agent is up/)
  assert.doesNotMatch(source, /commander|(?:from|import\()\s*["'`]node:(?:http|crypto|v8|process|zlib)["'`]/)
})

test('what the bundle leaves outside is a dependency of the package', () => {
  const names = readdirSync(dist).flatMap((file) => {
    const source = readFileSync(join(dist, file), 'utf8')
    return [...source.matchAll(/(?:from|import\()\s*["'`]((?:@[\w-]+\/)?[a-z][\w-]*)(?:\/[^"'`]*)?["'`]/g)].map(([, name]) => name!)
  })
  const outside = [...new Set(names)].filter((name) => name !== 'node').toSorted()
  const known = [...Object.keys(manifest.dependencies), 'rollcall']
  assert.deepEqual(
    outside.filter((name) => !known.includes(name)),
    [],
  )
  assert.ok(outside.includes('fastify'), 'the test reads the bundle rightly')
})

test('the script that starts before the plugins are loaded is the one that they ask for', async (t) => {
  const folder = scratch(t)
  writeFileSync(join(folder, 'sh'), '#!/bin/sh\nexec cat >"$TEST_SCRIPT"\n', { mode: 0o755 })
  writeFileSync(join(folder, 'start.mjs'), `import { main } from '${dist}/main.js'\nawait main(['collect'])\n`)
  const script = join(folder, 'script')
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, TEST_SCRIPT: script }
  execFileSync(process.execPath, [join(folder, 'start.mjs')], { cwd: folder, env })
  const job = prepare(await Promise.all(DEFAULTS.map(async (name) => (await BUILTINS[name]!()).default)))
  const asked = readFileSync(script, 'utf8')
  const nonce = /^N=([0-9a-f]{32}) /m.exec(asked)?.[1]
  assert.ok(
    nonce !== undefined && !readdirSync(dist).some((file) => readFileSync(join(dist, file), 'utf8').includes(nonce)),
    'a nonce of its own',
  )
  assert.equal(asked.replace(nonce, job.nonce), job.script)
})

test('a plugin and settings get the copy that runs: no class is there twice', () => {
  const copies = readdirSync(dist).filter((file) =>
    readFileSync(join(dist, file), 'utf8').includes('class extends Error{name=`ParseError`'),
  )
  assert.equal(copies.length, 1, copies.join(', '))
  assert.ok(loadedWith('plugin.js').has(copies[0]!))
})
