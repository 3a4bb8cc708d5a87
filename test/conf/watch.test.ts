import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { loadSettings, type Loaded, type Sources } from '../../conf/load.ts'
import { watchSettings, type Watching } from '../../conf/watch.ts'
import { folder as folderOf } from './folder.ts'

/** Settings of a folder that are watched, and what has been said about them. */
async function watched(t: TestContext, folder: string, { file, ...more }: Partial<Watching<Loaded>> & { readonly file?: string } = {}) {
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const sources: Sources = { env: {}, cwd: folder, systemFolder: join(folder, 'etc', 'rollcall'), file }
  const said: string[] = []
  const loads = { begun: 0, ended: 0 }
  const reload = watchSettings({
    sources,
    load: async () => {
      loads.begun += 1
      return await loadSettings(sources).finally(() => (loads.ended += 1))
    },
    inForce: await loadSettings(sources),
    onChange: ({ settings }) => void said.push(settings.agent.every),
    onRefused: ({ message }) => void said.push(`refused: ${/writable|every|export/.exec(message)?.[0]}`),
    onUnwatched: (error) => void said.push(`unwatched: ${error.message}`),
    signal: stopping.signal,
    ...more,
  })
  // Files that are younger than this process would be loaded once more, a moment later.
  reload()
  await until(
    () => more.load !== undefined || loads.ended === 1,
    () => loads,
  )
  return { said, loads, reload, stopping }
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

/** What a leak would add to: files, pipes and event loops of workers; threads; folders that inotify watches. */
function held() {
  const fds = readdirSync('/proc/self/fd')
  const inotify = fds.map((fd) => contentOf(`/proc/self/fdinfo/${fd}`)).join('')
  return { fds: fds.length, threads: readdirSync('/proc/self/task').length, watches: inotify.match(/^inotify wd:/gm)?.length ?? 0 }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // The descriptor that listed the folder is closed by now.
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void // What that flag makes.
  gc()
  return process.memoryUsage().heapUsed
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
    const { said } = await watched(t, folder, { file: join(folder, 'mine', 'agent.yaml') })
    writeFileSync(join(folder, 'rollcall.config.yaml'), yaml('8h'))
    writeFileSync(join(folder, 'mine', 'agent.yaml'), yaml('7h'))
    await says(said, ['7h'])
  })

  test('a folder that is made anew, perhaps with the same inode, goes on to be watched', async (t) => {
    const outer = folderOf(t, { 'conf/rollcall.config.yaml': yaml('1h') })
    const folder = join(outer, 'conf')
    const { said } = await watched(t, folder)
    rmSync(folder, { recursive: true })
    mkdirSync(folder, { mode: 0o755 })
    for (const every of ['2h', '3h']) {
      writeFileSync(join(folder, 'rollcall.config.yaml'), yaml(every), { mode: 0o644 })
      await until(
        () => said.at(-1) === every,
        () => said,
      )
    }
  })

  test('a link in the middle of the way is swapped, far from the settings', async (t) => {
    const outer = folderOf(t, { 'releases/v1/site.yaml': yaml('1h'), 'releases/v2/site.yaml': yaml('6h'), 'conf/x': '' })
    symlinkSync('v1', join(outer, 'releases', 'current'))
    symlinkSync('../releases/current/site.yaml', join(outer, 'conf', 'rollcall.config.yaml'))
    const { said } = await watched(t, join(outer, 'conf'))
    symlinkSync('v2', join(outer, 'releases', 'next'))
    renameSync(join(outer, 'releases', 'next'), join(outer, 'releases', 'current'))
    await says(said, ['6h'])
  })

  test('a file that others may write is refused, until its mode is mended', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.yaml': yaml('1h') })
    const { said } = await watched(t, folder)
    chmodSync(join(folder, 'rollcall.config.yaml'), 0o666)
    await says(said, ['refused: writable'])
    chmodSync(join(folder, 'rollcall.config.yaml'), 0o644)
    await says(said, ['refused: writable', '1h'])
  })

  test('what changes nothing is not told, nor is the same error twice, but to who asks for a reload', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.yaml': yaml('2h') })
    const file = join(folder, 'rollcall.config.yaml')
    const { said, loads, reload } = await watched(t, folder)
    const edit = async (text: string): Promise<void> => {
      const { ended } = loads
      writeFileSync(file, text)
      await until(
        () => loads.ended > ended,
        () => loads,
      )
    }
    writeFileSync(join(folder, 'other.txt'), 'x')
    await edit(`# a remark\n${yaml('2h')}`)
    await edit(yaml('often'))
    await edit(`# a remark\n${yaml('often')}`)
    await says(said, ['refused: every'])
    reload()
    await says(said, ['refused: every', 'refused: every'])
  })

  test('loads never overlap, and many edits during one lead to one more', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.yaml': yaml('1h') })
    const gates: (() => void)[] = []
    const load = async (): Promise<Loaded> => {
      await new Promise<void>((resolve) => gates.push(resolve))
      return await loadSettings({ env: {}, cwd: folder, systemFolder: folder })
    }
    const { said, reload } = await watched(t, folder, { load })
    const begun = async (count: number): Promise<void> => {
      await until(
        () => gates.length >= count,
        () => gates.length,
      )
    }
    await begun(1)
    for (const every of ['2h', '3h', '4h']) {
      writeFileSync(join(folder, 'rollcall.config.yaml'), yaml(every))
      reload()
      await setTimeout(5)
    }
    assert.equal(gates.length, 1)
    gates[0]!()
    await begun(2)
    gates[1]!()
    await says(said, ['4h'])
  })

  test('where the kernel takes no more watches, files are looked at now and then, until it does', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.yaml': yaml('1h') })
    const file = join(folder, 'rollcall.config.yaml')
    let isFull = true
    const watchFolder: typeof watch = (...args: unknown[]) => {
      if (isFull) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
      return Reflect.apply(watch, null, args)
    }
    const { said } = await watched(t, folder, { watchFolder, lookMs: 20 })
    writeFileSync(file, yaml('2h'))
    await says(said, ['unwatched: ENOSPC', '2h'])
    isFull = false
    await until(
      () => held().watches > 0,
      () => held(),
    )
    writeFileSync(file, yaml('3h'))
    await says(said, ['unwatched: ENOSPC', '2h', '3h'])
  })

  test('100 edits in a row: the last is in force, and nothing leaks', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.ts': "export default { agent: { every: '1h' } }\n" })
    const { said, loads, stopping } = await watched(t, folder)
    const file = join(folder, 'rollcall.config.ts')
    const edits = async (count: number, last: string): Promise<void> => {
      for (let edit = 1; edit <= count; edit += 1) {
        writeFileSync(file, edit % 10 === 0 ? 'export default {' : `export default { agent: { every: '${100 + edit}m' } }\n`)
        await setTimeout(30)
      }
      writeFileSync(file, `export default { agent: { every: '${last}' } }\n`)
      await until(
        () => said.at(-1) === last && loads.ended === loads.begun,
        () => said.at(-1),
      )
    }
    await edits(10, '6d')
    const before = { ...held(), listeners: getEventListeners(stopping.signal, 'abort').length }
    const heap = heapBytes()
    await edits(100, '7d')
    assert.equal(getEventListeners(stopping.signal, 'abort').length, before.listeners)
    await until(() => held().fds <= before.fds && held().threads <= before.threads && held().watches <= before.watches, held)
    assert.ok(heapBytes() - heap < 2 ** 21, `the heap grew by ${heapBytes() - heap} bytes`)
    stopping.abort()
    await until(() => held().watches < before.watches, held)
    const { length } = said
    writeFileSync(file, "export default { agent: { every: '8d' } }\n")
    await setTimeout(300)
    assert.equal(said.length, length)
  })

  test('a watch that is over keeps no process alive', async (t) => {
    const folder = folderOf(t, { 'rollcall.config.yaml': yaml('1h') })
    const script = `
      import { writeFileSync } from 'node:fs'
      import { loadSettings } from ${JSON.stringify(new URL('../../conf/load.ts', import.meta.url).href)}
      import { watchSettings } from ${JSON.stringify(new URL('../../conf/watch.ts', import.meta.url).href)}
      const stopping = new AbortController()
      const sources = { env: {}, cwd: ${JSON.stringify(folder)}, systemFolder: ${JSON.stringify(folder)} }
      const load = async () => await loadSettings(sources)
      const told = () => { console.log('told'); stopping.abort() }
      watchSettings({ sources, load, inForce: await load(), onChange: told, onRefused: told, onUnwatched: told, signal: stopping.signal })
      process.once('SIGHUP', () => {}) // Holds nothing either.
      writeFileSync(${JSON.stringify(join(folder, 'rollcall.config.yaml'))}, 'agent: { every: 2h }')
      const waiting = setInterval(() => stopping.signal.aborted && clearInterval(waiting), 20)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: 60_000 })
    assert.equal(stdout, 'told\n')
  })
})
