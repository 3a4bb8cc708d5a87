import assert from 'node:assert/strict'
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../../conf/make-folder.ts'
import { folder } from './folder.ts'

test('folders are made with those above them; what is there stays as it is', (t) => {
  const path = folder(t)
  makeFolder(join(path, 'a/b/c'), 0o700)
  assert.deepEqual(
    ['a', 'a/b', 'a/b/c'].map((name) => statSync(join(path, name)).mode & 0o777),
    [0o700, 0o700, 0o700],
  )
  makeFolder(join(path, 'a/b'))
  mkdirSync(join(path, 'there'))
  symlinkSync(join(path, 'there'), join(path, 'link'))
  makeFolder(join(path, 'link/in'))
  makeFolder('/')
})

test('where none can be made, that is an error at once', { timeout: 10_000 }, (t) => {
  const path = folder(t)
  writeFileSync(join(path, 'file'), '')
  for (const [name, code] of [
    ['/proc/x', 'ENOENT'],
    ['/proc/x/y/z', 'ENOENT'],
    [join(path, 'file'), 'EEXIST'],
    [join(path, 'file/in'), 'ENOTDIR'],
  ] as const)
    assert.throws(() => makeFolder(name), { code }, name)
})
