import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readFolder } from '../../plugins/capture.ts'
import type { Capture } from '../../plugins/frames.ts'
import { onEveryDatabase } from '../databases.ts'
import { FIXTURES } from '../plugins/recorded.ts'
import { watch } from './register.ts'

const FOLDER = join(FIXTURES, 'noise')

/** The host as it was first. Each case holds the answers that came out differently the next time, for a reason that is no change. */
const SERVER = readFolder(join(FOLDER, 'server'))

/** What a case records; nothing where it is not named. */
const RECORDED: Readonly<Record<string, readonly string[]>> = {
  reboot: ['basic bootId "0fd7ad1e-5f5a-4a7e-9d0c-6cf1e0cb6603" -> "7c1f9a52-0b3d-4c86-9a54-3b1e0f7d2c11"'],
  'disk-swapped': ['disk disks wwn=0x5000c500a1b2c3d4 removed', 'disk disks wwn=0x5000c500ffee0101 added'],
}

function next(name: string): Capture {
  return { ...SERVER, probes: { ...SERVER.probes, ...readFolder(join(FOLDER, name)).probes } }
}

onEveryDatabase('noise', (database) => {
  for (const name of readdirSync(FOLDER).filter((one) => one !== 'server')) {
    const expected = RECORDED[name] ?? []
    test(`${name.replaceAll('-', ' ')}: ${expected.length === 0 ? 'no change' : expected.join(', ')}`, async () => {
      const host = await watch(await database.open())
      const first = await host.post(SERVER)
      assert.equal(first.receipt.outcome, 'created')
      assert.deepEqual(first.receipt.warnings, [])
      const after = await host.post(next(name))
      assert.deepEqual(after.changes, expected)
      assert.equal(after.receipt.outcome, expected.length === 0 ? 'unchanged' : 'updated')
      assert.equal(after.receipt.changes, expected.length)
      const again = await host.post(next(name))
      assert.deepEqual(again.changes, [])
      const back = await host.post(SERVER)
      assert.equal(back.changes.length, expected.length)
      await host.close()
    })
  }
})
