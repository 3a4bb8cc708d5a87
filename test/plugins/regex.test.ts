import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasNestedQuantifier, regexesIn } from './regex.ts'

const ROOT = join(import.meta.dirname, '../..')

test('no regular expression repeats what repeats itself: what a host says decides how long it takes', () => {
  const nested = globSync('plugins/**/*.ts', { cwd: ROOT }).flatMap((file) =>
    regexesIn(readFileSync(join(ROOT, file), 'utf8'))
      .filter(hasNestedQuantifier)
      .map((regex) => `${file}: ${regex}`),
  )
  assert.deepEqual(nested, [], 'split the text first, or match one piece at a time')
})

test('no regular expression is made of texts, for then nobody can check it', () => {
  const made = globSync('plugins/**/*.ts', { cwd: ROOT }).filter((file) => /\bRegExp\(/.test(readFileSync(join(ROOT, file), 'utf8')))
  assert.deepEqual(made, [])
})

test('nested quantifiers are told from harmless ones', () => {
  for (const bad of ['(a+)+', '(?:a|b*)*', '((?:ab){2,})+x', '(?:\\w+\\s*)*$', '(?:a{1,3})+', '(?<n>a+)*', '(([a-z])+.)+']) {
    assert.ok(hasNestedQuantifier(bad), bad)
  }
  for (const good of ['a+b+', '(?:ab)+', '(?::[0-9a-f]{2})+', '(?:a+)?', '(a+)(b*)', '[+*(]+', '\\(a+\\)+', '(?:a{2})*', 'a{2,3}']) {
    assert.ok(!hasNestedQuantifier(good), good)
  }
})

test('regular expressions are found, and divisions and texts are not', () => {
  const source = "const a = b / c / d // /x+/\nif (/a\\/[/]+/u.test(s)) return /b/\nf('/no/', `/no/`, /yes/g) /* /no/ */\nx[0] / 2 / y"
  assert.deepEqual(regexesIn(source), ['/a\\/[/]+/u', '/b/', '/yes/g'])
})
