import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { scratch } from '../collector/scratch.ts'
import { rollcall, rollcallJson, serve, type Surroundings } from './rollcall.ts'

interface Offer {
  readonly id: string
  readonly plugins: readonly string[] | null
}

const DONE = { state: 'done', reportId: 'r1', outcome: 'updated', changes: 3 }

/** An API with some assets, and agents that answer as a test has them. */
async function start(t: TestContext, ...assets: readonly string[]) {
  const here: Surroundings = { data: scratch(t) }
  const url = await serve(t, here)
  const authorization = `Bearer ${readFileSync(join(here.data, 'token'), 'utf8').trim()}`
  const call = async (path: string, method = 'GET', body?: object) => {
    const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) }
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`)
    return answer
  }
  for (const name of assets) await call('/assets', 'POST', { name })
  /** Takes one task, waiting for it, and answers. */
  const agent = async (name: string, result: object): Promise<Offer> => {
    for (;;) {
      const { tasks } = (await (await call(`/agent/tasks?name=${name}&wait=60`)).json()) as { readonly tasks: readonly Offer[] }
      const [task] = tasks
      if (task === undefined) continue
      await call(`/agent/tasks/${task.id}/result`, 'POST', result)
      return task
    }
  }
  return { here, call, agent }
}

test('each host has a line with what came of it, and a failure or a refused report makes the exit status 1', async (t) => {
  const { here, agent } = await start(t, 'web-01', 'web-02', 'web-03', 'web-04')
  const good = agent('web-01', DONE)
  const one = await rollcall(['collect-now', 'web-01', '--plugin', 'disk,nic'], here)
  assert.equal(one.status, 0, one.stderr)
  assert.match(one.stdout, /^web-01: done in \d+\.\d s: updated, 3 changes\n$/)
  assert.deepEqual((await good).plugins, ['disk', 'nic'])
  const agents = [
    agent('web-01', { ...DONE, outcome: 'unchanged', changes: 0 }),
    agent('web-02', { state: 'failed', reason: 'no shell \u{1b}[31m' }),
    agent('web-03', { state: 'done', reason: 'nothing listens there', reportId: 'r2' }),
    agent('web-04', { ...DONE, outcome: 'rejected', changes: null }),
  ]
  const { status, stdout } = await rollcall(['collect-now', 'web-01', 'web-02', 'web-03', 'web-04'], here)
  await Promise.all(agents)
  assert.equal(status, 1)
  for (const line of [
    /^web-01: done in \d+\.\d s: unchanged$/m,
    /^web-02: failed after \d+\.\d s: no shell \\u\{1b\}\[31m$/m,
    /^web-03: done in \d+\.\d s: its report waits in the spool of its agent \(nothing listens there\)$/m,
    /^web-04: done in \d+\.\d s: rejected$/m,
  ])
    assert.match(stdout, line)
})

test('a group is collected, nested groups too, and --json tells all of it', async (t) => {
  const { here, call, agent } = await start(t, 'web-01', 'web-02')
  await call('/groups', 'POST', { name: 'dc' })
  await call('/groups', 'POST', { name: 'rack', parent: 'dc' })
  await call('/groups/dc/assets/web-01', 'PUT')
  await call('/groups/rack/assets/web-02', 'PUT')
  const agents = [agent('web-01', DONE), agent('web-02', DONE)]
  const tasks = await rollcallJson<{ assetName: string; state: string; changes: number }[]>(
    ['collect-now', '--group', 'dc', '--json'],
    here,
  )
  await Promise.all(agents)
  assert.deepEqual(
    tasks.map(({ assetName, state, changes }) => [assetName, state, changes]),
    [
      ['web-01', 'done', 3],
      ['web-02', 'done', 3],
    ],
  )
})

test('a host that does not answer is named with what to look at, and its task stays', async (t) => {
  const { here, call } = await start(t, 'away', 'slow')
  const begun = (async () => {
    const answer = await call('/agent/tasks?name=slow&wait=60')
    return (await answer.json()) as { readonly tasks: readonly Offer[] }
  })()
  const { status, stdout, stderr } = await rollcall(['collect-now', 'away', 'slow', '--timeout', '3s'], here)
  assert.equal((await begun).tasks.length, 1)
  assert.equal(status, 1)
  assert.match(stderr, /^away: no agent has ever asked for this host. Does one run there\?$/m)
  assert.match(stdout, /^away: no answer after 3s; no agent has ever asked for this host: .* "rollcall agent status" on away$/m)
  assert.match(stdout, /^slow: no answer after 3s; its agent was told, and is not done yet/m)
  assert.match(stderr, /its task stays until 20/)
  const left = (await (await call('/tasks?state__in=waiting,offered')).json()) as { readonly results: readonly object[] }
  assert.equal(left.results.length, 2)
})

test('without waiting, the ids of the tasks are printed', async (t) => {
  const { here, call } = await start(t, 'web-01')
  const { status, stdout } = await rollcall(['collect-now', 'web-01', '--no-wait'], here)
  assert.equal(status, 0)
  const [, id] = /^web-01: task (\S+)\n$/.exec(stdout) ?? []
  assert.equal(((await (await call(`/tasks/${id}`)).json()) as { readonly state: string }).state, 'waiting')
})

test('wrong use is told with what is right', async (t) => {
  const { here } = await start(t, 'web-01')
  const cases: readonly (readonly [args: readonly string[], status: number, told: RegExp])[] = [
    [[], 2, /which hosts\? Name assets, or a group with --group/],
    [['web-01', '--timeout', 'soon'], 2, /--timeout "soon" is no duration: write 30s, 2m or 1h/],
    [['web-1', 'web-01'], 1, /no asset has the id or name "web-1"/],
    [['--group', 'dc'], 1, /there is no group "dc"/],
  ]
  for (const [args, status, told] of cases) {
    const ran = await rollcall(['collect-now', ...args], here)
    assert.deepEqual([ran.status, ran.stdout], [status, ''], args.join(' '))
    assert.match(ran.stderr, told)
  }
})
