import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import type { Answers, Plugin } from '../plugins/define.ts'
import { breachesOf } from '../plugins/breaches.ts'
import { evaluate } from '../plugins/evaluate.ts'
import { BUILTINS, DEFAULTS } from '../plugins/index.ts'
import type { Fields, Keys } from '../plugins/items.ts'
import { buildScript, mergeProbes } from '../plugins/script.ts'
import { checkFor } from '../plugins/validate.ts'
import { goldenOf, recordedOf, type Recorded } from './plugins/recorded.ts'
import { missingUnit } from './plugins/units.ts'

const FILES = globSync('plugins/builtin/*.ts', { cwd: join(import.meta.dirname, '..') }).map((file) => basename(file, '.ts'))

test('every plugin file is registered', () => {
  for (const name of FILES) {
    assert.ok(name in BUILTINS, `add to BUILTINS in plugins/index.ts: ${name}: () => import('./builtin/${name}.ts'),`)
  }
})

test('every plugin that is on by default exists, once', () => {
  assert.deepEqual(
    DEFAULTS.filter((name, index) => !(name in BUILTINS) || DEFAULTS.indexOf(name) !== index),
    [],
    'names in DEFAULTS of plugins/index.ts',
  )
})

test('a probe name means one thing in all plugins, and all go into one script', async () => {
  const plugins = await Promise.all(Object.values(BUILTINS).map(async (load) => (await load()).default))
  const probes = mergeProbes(plugins.map((one) => [one.name, one.probes] as const))
  assert.match(buildScript(probes, { nonce: '00112233445566778899aabbccddeeff' }), /\ndone_\n/)
})

for (const [name, load] of Object.entries(BUILTINS)) {
  const plugin = (await load()).default
  const recorded = recordedOf(name)

  describe(name, () => {
    test('keeps the contract', () => assert.deepEqual(breachesOf(plugin), []))

    test('has the name of its file', () => {
      assert.equal(plugin.name, name, `a plugin is called like its file: name: '${name}'`)
      assert.ok(FILES.includes(name), `plugins/builtin/${name}.ts is missing`)
    })

    test('names the unit of its numbers', () => assert.deepEqual(unitsMissing(plugin), []))

    test('has a recorded host', () => {
      assert.notEqual(recorded.length, 0, `record one: npm run fixture -- ${name} <distribution-version--what-it-shows>`)
    })

    test('reads every probe that it asks for', () => {
      const unread = probesUnread(plugin, recorded)
      assert.deepEqual(unread, [], `no recorded host makes parse look at ${unread.join(', ')}: record one that does, or drop them`)
    })

    for (const one of recorded) test(one.name, () => keepsGolden(plugin, one))
  })
}

function keepsGolden(plugin: Plugin, { name, folder, capture }: Recorded): void {
  const strangers = Object.keys(capture.probes).filter((probe) => !(probe in plugin.probes))
  assert.deepEqual(strangers, [], `${plugin.name} has no such probes: rename the files, or declare the probes`)
  const section = evaluate(plugin, capture, checkFor(plugin))
  const golden = join(folder, 'expected.json')
  const again = `UPDATE_GOLDEN=1 npm test -- test/plugins.test`
  assert.notEqual(section.status, 'failed', section.status === 'ok' ? '' : section.reason)
  if (section.status === 'ok') assertIdentities(plugin, section.data)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, `${JSON.stringify(goldenOf(section), null, 2)}\n`)
  assert.ok(existsSync(golden), `test/fixtures/${plugin.name}/${name}/expected.json is missing: write it by ${again}, and read it`)
  const expected: unknown = JSON.parse(readFileSync(golden, 'utf8'))
  assert.deepEqual(goldenOf(section), expected, `if this is meant, ${again} writes it anew`)
}

/** Every item can be told from every other one. */
function assertIdentities(plugin: Plugin, data: Fields): void {
  for (const [list, keys] of Object.entries<Keys>(plugin.keys)) {
    const items = (data[list] ?? []) as Fields[] // The schema, checked before, says so.
    for (const item of items) {
      const known = keys.flat().some((field) => (item[field] ?? null) !== null)
      assert.ok(known, `an item of ${list} has none of ${keys.flat().join(', ')}: ${JSON.stringify(item)}`)
    }
    const texts = items.map((item) => JSON.stringify(item))
    assert.equal(new Set(texts).size, texts.length, `${list} holds one item twice`)
  }
}

/** Probes that `parse` never looks at, whatever hosts answered. */
function probesUnread(plugin: Plugin, recorded: readonly Recorded[]): string[] {
  const seen = new Set<string>()
  const watched: Plugin = { ...plugin, parse: (answers) => plugin.parse(watch(answers, seen)) }
  for (const { capture } of recorded) evaluate(watched, capture)
  evaluate(watched, { probes: {}, complete: true })
  evaluate(watched, { probes: {}, complete: false })
  const silent = Object.keys(plugin.probes).map((name) => [name, { exit: 0, stdout: '', stderr: '' }] as const)
  evaluate(watched, { probes: Object.fromEntries(silent), complete: true })
  return Object.keys(plugin.probes).filter((name) => !seen.has(name))
}

function watch(answers: Answers, seen: Set<string>): Answers {
  return new Proxy(answers, {
    get(target, name, receiver) {
      seen.add(String(name))
      return Reflect.get(target, name, receiver) as unknown
    },
  })
}

function unitsMissing(plugin: Plugin): string[] {
  return fieldsOf(plugin.schema.properties, '').flatMap(([path, { type, description }]) => {
    if (![type].flat().some((one) => one === 'integer' || one === 'number')) return []
    const ending = missingUnit(path, description)
    return ending === null ? [] : [`${path}: its description has a unit, so its name ends with ${ending}`]
  })
}

interface Field {
  readonly type?: string | readonly string[]
  readonly description: string
  readonly items?: { readonly properties?: Readonly<Record<string, Field>> }
}

/** Fields of the section and of its items, by path. */
function fieldsOf(properties: Readonly<Record<string, unknown>>, prefix: string): [path: string, field: Field][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const field = schema as Field // breachesOf proves the shape of every plugin's schema.
    const inner = field.items?.properties
    return inner === undefined ? [[prefix + name, field]] : fieldsOf(inner, `${prefix}${name}.`)
  })
}
