import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../cli/commands.ts'

/** Which folder may import which. A folder may always import itself; packages are everybody's. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  conf: [],
  plugins: [],
  repository: [],
  collector: ['conf', 'plugins', 'cmdb-api/contract.ts'],
  'cmdb-api': ['conf', 'plugins', 'repository'],
  cli: ['conf', 'plugins', 'repository', 'collector', 'cmdb-api', 'package.json'],
}

/** The parts of the engine that touch files; all other files of plugins/ only compute. */
const PLUGIN_FILES = ['plugins/capture.ts', 'plugins/foreign.ts']
const PURE_MODULES = new Set(['node:crypto', 'node:path', 'node:util', 'node:net'])

/** Files that git knows or would take in; what a build or an editor left behind does not count. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).trim().split('\n')

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  return [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier!)
}

for (const [folder, allowed] of Object.entries(ALLOWED)) {
  test(`${folder} imports only ${['itself', ...allowed].join(', ')}`, () => {
    const sources = globSync(`${folder}/**/*.ts`)
    assert.notEqual(sources.length, 0)
    for (const file of sources) {
      for (const specifier of importsOf(file).filter((one) => one.startsWith('.'))) {
        const target = path.posix.join(path.posix.dirname(file), specifier)
        const isFine = [folder, ...allowed].some((entry) => target === entry || target.startsWith(`${entry}/`))
        assert.ok(isFine, `${file} must not import ${target}: see the import table in ARCHITECTURE.md`)
      }
    }
  })
}

test('nobody imports a test or a benchmark', () => {
  for (const file of files.filter((one) => /^(conf|plugins|repository|collector|cmdb-api|cli)\/.*\.ts$/.test(one))) {
    for (const specifier of importsOf(file)) assert.doesNotMatch(specifier, /(^|\/)(test|bench)\//, file)
  }
})

test('a plugin opens no file, no connection and no clock', () => {
  for (const file of globSync('plugins/**/*.ts').filter((one) => !PLUGIN_FILES.includes(one))) {
    for (const specifier of importsOf(file).filter((one) => builtinModules.includes(one.replace('node:', ''))))
      assert.ok(PURE_MODULES.has(specifier), `${file} must not import ${specifier}: plugins are pure`)
    assert.doesNotMatch(readFileSync(file, 'utf8'), /Date\.now|new Date\(\)|Math\.random|process\.env/, `${file} must be pure`)
  }
})

test('no folder is made by `recursive`, which tries for ever in /proc', () => {
  const sources = files.filter((one) => /^(conf|plugins|repository|collector|cmdb-api|cli)\/.*\.ts$/.test(one))
  for (const file of sources)
    assert.doesNotMatch(readFileSync(file, 'utf8'), /\bmkdir(?:Sync)?\([^)]*recursive/, `${file}: use conf/make-folder.ts`)
})

test('only repository/connect.ts knows a dialect', () => {
  for (const file of globSync('repository/**/*.ts').filter((one) => one !== 'repository/connect.ts'))
    assert.doesNotMatch(readFileSync(file, 'utf8'), /'(?:sqlite|postgres)'|better-sqlite3|from 'pg'/, file)
})

test('files are named in kebab-case, and no folder is a drawer', () => {
  for (const file of files.filter((one) => one.endsWith('.ts'))) {
    assert.match(path.basename(file), /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.ts$/, file)
    assert.doesNotMatch(file, /(^|\/)(?:utils?|helpers?|common|lib|core|types)\//, `${file}: what is that folder really about?`)
  }
})

test('every command is in the README', () => {
  const readme = readFileSync('README.md', 'utf8')
  for (const name of Object.keys(COMMANDS))
    assert.match(readme, new RegExp(`rollcall ${name}\\b`), `README.md says nothing of "rollcall ${name}"`)
})

test('the lock file names no registry, and no file a folder of a developer', () => {
  assert.doesNotMatch(readFileSync('package-lock.json', 'utf8'), /"resolved": "http/, '.npmrc needs omit-lockfile-registry-resolved=true')
  const here = `${process.cwd()}/`
  for (const file of files.filter((one) => /\.(?:ts|js|md|json|yml|sh)$/.test(one) && one !== 'package-lock.json')) {
    assert.ok(!readFileSync(file, 'utf8').includes(here), `${file} names ${here}`)
  }
})
