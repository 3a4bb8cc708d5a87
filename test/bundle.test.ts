import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import manifest from '../package.json' with { type: 'json' }

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
  const loaded = [...loadedWith('main.js'), ...loadedWith('collect.js')]
  const foreign = loaded.filter((name) => !name.startsWith('node:') && !name.endsWith('.js'))
  assert.deepEqual(foreign, [])
  const files = new Set(loaded.filter((name) => name.endsWith('.js')))
  assert.ok(files.size <= 4, `each file costs half a millisecond: ${[...files].join(', ')}`)
  for (const file of files) assert.doesNotMatch(readFileSync(join(dist, file), 'utf8'), /Ajv2020|YAMLException|Fastify|SqliteDialect/, file)
  const bytes = [...files].reduce((all, file) => all + statSync(join(dist, file)).size, 0)
  assert.ok(bytes < 350_000, `${bytes} bytes are read at every collection`)
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

test('a plugin and settings get the copy that runs: no class is there twice', () => {
  const copies = readdirSync(dist).filter((file) =>
    readFileSync(join(dist, file), 'utf8').includes('class extends Error{name=`ParseError`'),
  )
  assert.equal(copies.length, 1, copies.join(', '))
  assert.ok(loadedWith('plugin.js').has(copies[0]!))
})
