import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { scratch } from '../scratch.ts'
import type { Estate } from './estate.ts'

/** The environment in which `salt` is ours, with these minions. */
export function withSalt(t: TestContext, estate: Estate): { readonly PATH: string; readonly FAKE_SALT_ESTATE: string } {
  const folder = scratch(t)
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const program = join(import.meta.dirname, 'fake-salt.ts')
  writeFileSync(join(bin, 'salt'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  const file = join(folder, 'estate.json')
  writeFileSync(file, JSON.stringify(estate))
  return { PATH: `${bin}:${process.env['PATH']}`, FAKE_SALT_ESTATE: file }
}
