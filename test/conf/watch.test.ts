import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { loadSettings, type Sources } from '../../conf/load.ts'
import { watchSettings } from '../../conf/watch.ts'
import { folder as folderOf } from './folder.ts'

/** Settings of a folder that are watched, and what has been said about them. */
async function watched(t: TestContext, folder: string, file?: string) {
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const sources: Sources = { env: {}, cwd: folder, systemFolder: join(folder, 'etc', 'rollcall'), file }
  const said: string[] = []
  const reload = watchSettings({
    sources,
    inForce: await loadSettings(sources),
    onChange: ({ settings }) => void said.push(settings.agent.every),
    onRefused: ({ message }) => void said.push(/every/.test(message) ? 'refused: every' : 'refused'),
    onUnwatched: (error) => void said.push(`unwatched: ${error.message}`),
    signal: stopping.signal,
  })
  return { said, reload, stopping }
}

const yaml = (every: string): string => `agent:\n  every: ${every}\n`

async function until(holds: () => boolean, what: () => unknown): Promise<void> {
  const late = Date.now() + 60_000
  while (!holds()) {
    assert.ok(Date.now() < late, `waited for a minute: ${JSON.stringify(what())}`)
    await setTimeout(10)
  }
}

async function says(said: readonly string[], expected: readonly string[]): Promise<void> {
  await until(
    () => said.length >= expected.length,
    () => said,
  )
  assert.deepEqual(said, expected)
}

/** Descriptors of this process: files, pipes, inotify instances, event loops of workers. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

suite('watched settings', () => {
  test('an edit is in force, a broken one is refused, and a mended one is in force', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.yaml': yaml('1h') })
    const file = join(folder, 'rollcall.config.yaml')
    const { said } = await watched(t, folder)
    writeFileSync(file, yaml('2h'))
    await says(said, ['2h'])
    writeFileSync(file, yaml('often'))
    await says(said, ['2h', 'refused: every'])
    writeFileSync(file, yaml('2h'))
    await says(said, ['2h', 'refused: every', '2h'])
  })

  test('a file that is made later, replaced by a rename, and removed', async (t) => {
    const folder = folderOf(t, {})
    const file = join(folder, 'rollcall.config.ts')
    const { said } = await watched(t, folder)
    writeFileSync(file, "export default { agent: { every: '3h' } }\n")
    await says(said, ['3h'])
    writeFileSync(join(folder, '.new'), "export default { agent: { every: '4h' } }\n")
    renameSync(join(folder, '.new'), file)
    await says(said, ['3h', '4h'])
    unlinkSync(file)
    await says(said, ['3h', '4h', '1h'])
  })

  test('the system folder may be made later, and be removed as a whole', async (t) => {
    const folder = folderOf(t, {})
    const { said } = await watched(t, folder)
    mkdirSync(join(folder, 'etc', 'rollcall'), { recursive: true })
    await setTimeout(300)
    writeFileSync(join(folder, 'etc', 'rollcall', 'rollcall.config.yaml'), yaml('5h'))
    await says(said, ['5h'])
    rmSync(join(folder, 'etc'), { recursive: true })
    await says(said, ['5h', '1h'])
  })

  test('a link that is swapped, as Kubernetes does', async (t) => {
    const folder = folderOf(t, { 'v1/rollcall.config.yaml': yaml('1h'), 'v2/rollcall.config.yaml': yaml('6h') })
    symlinkSync('v1', join(folder, '..data'))
    symlinkSync('..data/rollcall.config.yaml', join(folder, 'rollcall.config.yaml'))
    const { said } = await watched(t, folder)
    symlinkSync('v2', join(folder, '..tmp'))
    renameSync(join(folder, '..tmp'), join(folder, '..data'))
    await says(said, ['6h'])
  })

  test('a file named by --config alone counts', async (t) => {
    const folder = folderOf(t, { 'mine/agent.yaml': yaml('1h'), 'rollcall.config.yaml': yaml('9h') })
    const { said } = await watched(t, folder, join(folder, 'mine', 'agent.yaml'))
    writeFileSync(join(folder, 'rollcall.config.yaml'), yaml('8h'))
    writeFileSync(join(folder, 'mine', 'agent.yaml'), yaml('7h'))
    await says(said, ['7h'])
  })

  test('what changes nothing is not told; a reload by hand reads it all the same', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.yaml': yaml('2h') })
    const { said, reload } = await watched(t, folder)
    writeFileSync(join(folder, 'rollcall.config.yaml'), `# a remark\n${yaml('2h')}`)
    reload()
    writeFileSync(join(folder, 'other.txt'), 'x')
    await setTimeout(500)
    writeFileSync(join(folder, 'rollcall.config.yaml'), yaml('3h'))
    await says(said, ['3h'])
  })

  test('100 edits in a row: the last is in force, and nothing leaks', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.ts': "export default { agent: { every: '1h' } }\n" })
    const { said, stopping } = await watched(t, folder)
    const file = join(folder, 'rollcall.config.ts')
    writeFileSync(file, "export default { agent: { every: '2h' } }\n")
    await says(said, ['2h'])
    const before = descriptors()
    for (let edit = 1; edit <= 100; edit += 1) {
      writeFileSync(file, edit % 10 === 0 ? 'export default {' : `export default { agent: { every: '${100 + edit}m' } }\n`)
      await setTimeout(30)
    }
    writeFileSync(file, "export default { agent: { every: '7d' } }\n")
    await until(
      () => said.at(-1) === '7d',
      () => said.at(-1),
    )
    await until(() => descriptors() <= before, descriptors)
    stopping.abort()
    const count = said.length
    writeFileSync(file, "export default { agent: { every: '8d' } }\n")
    await setTimeout(500)
    assert.equal(said.length, count)
  })
})
