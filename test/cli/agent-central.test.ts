import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '../collector/scratch.ts'
import { runAgent, until, type RunningAgent } from './agents.ts'
import { rollcall, startApi, type Surroundings } from './rollcall.ts'

/** Plugin, schedule and origin of each line of the plan, by its name. */
type Plan = Readonly<Record<string, readonly [plugin: string | null, schedule: string, origin: string]>>

const OWN: Plan = { '*': [null, '1h', 'settings'] }

async function plan({ status }: RunningAgent): Promise<Plan> {
  const { services } = await status()
  return Object.fromEntries(Object.entries(services).map(([name, { plugin, schedule, origin }]) => [name, [plugin, schedule, origin]]))
}

async function untilPlan(agent: RunningAgent, expected: Plan): Promise<void> {
  let seen = ''
  const isThere = async (): Promise<true | null> => {
    seen = JSON.stringify(await plan(agent))
    return seen === JSON.stringify(expected) ? true : null
  }
  await until(isThere, JSON.stringify(expected)).catch((error: unknown) => assert.fail(`${String(error)}; there is ${seen}`))
}

test(
  'what templates and groups say reaches a running agent, outlasts the API, and gives way to the settings',
  { timeout: 600_000 },
  async (t) => {
    const folder = scratch(t)
    const here: Surroundings = { data: folder }
    // The agent's own folder and settings, as on another machine; its API stays at one address.
    const host: Surroundings = { data: scratch(t) }
    writeFileSync(join(folder, 'rollcall.config.json'), '{ "server": { "configUpdateSeconds": 1 } }')
    const api = await startApi(t, here)
    const settings = { plugins: ['basic', 'user'], api: { url: api.url, token: `file:${join(folder, 'token')}` }, agent: { jitter: '1s' } }
    writeFileSync(join(host.data, 'rollcall.config.json'), JSON.stringify(settings))
    const admin = async (...args: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await rollcall(args, here)
      assert.equal(status, 0, `rollcall ${args.join(' ')}: ${stderr}`)
      return stdout
    }

    const agent = await runAgent(t, host)
    assert.deepEqual(await plan(agent), OWN)
    const name = await until(async () => (await agent.status()).receipts[0]?.name ?? null, 'the host is in the register')

    await admin('template', 'set', 'web', 'users=user:1d', 'warp=warpdrive:10s')
    await admin('template', 'link', 'web', '--asset', name)
    const decided: Plan = { users: ['user', '86400s', 'template web'], warp: ['warpdrive', '10s', 'template web'] }
    await untilPlan(agent, decided)
    const skipped = await until(async () => {
      const { stdout } = await rollcall(['asset', name], here)
      return /^.*warpdrive.*skipped.*$/m.exec(stdout)?.[0] ?? null
    }, 'people see that the agent has no such plugin')
    assert.match(skipped, /skipped: this collector has no plugin of that name/)

    await admin('template', 'set', 'web', 'warp=user:2h')
    await untilPlan(agent, { users: ['user', '86400s', 'template web'], warp: ['user', '7200s', 'template web'] })
    await admin('template', 'unlink', 'web', '--asset', name)
    await untilPlan(agent, OWN)
    await admin('group', 'create', 'dc1')
    await admin('group', 'add', 'dc1', name)
    await admin('template', 'link', 'web', '--group', 'dc1')
    const byGroup: Plan = {
      users: ['user', '86400s', 'template web via group dc1'],
      warp: ['user', '7200s', 'template web via group dc1'],
    }
    await untilPlan(agent, byGroup)

    await api.end()
    assert.equal(await agent.end('SIGTERM'), 0, agent.log())
    const alone = await runAgent(t, host)
    assert.deepEqual(await plan(alone), byGroup, 'the last decision holds without the API')
    await startApi(t, { ...here, env: { ROLLCALL_PORT: new URL(api.url).port } })
    await admin('template', 'unlink', 'web', '--group', 'dc1')
    await untilPlan(alone, OWN)
  },
)

test(
  'a token that cannot be read keeps the report in the spool and the agent up, until somebody mends it',
  { timeout: 300_000 },
  async (t) => {
    const folder = scratch(t)
    const { url } = await startApi(t, { data: folder })
    const host: Surroundings = { data: scratch(t) }
    const token = join(host.data, 'api-token')
    const settings = { plugins: ['basic'], api: { url, token: `file:${token}` } }
    writeFileSync(join(host.data, 'rollcall.config.json'), JSON.stringify(settings))
    const agent = await runAgent(t, host)
    await until(async () => ((await agent.status()).spool.waiting === 1 ? true : null), 'the report waits')
    for (const subject of ['API', 'configuration from the API', 'tasks from the API'])
      await until(async () => ((await agent.status()).complaints[subject]?.includes('api-token') === true ? true : null), `${subject}: why`)
    copyFileSync(join(folder, 'token'), token)
    await until(async () => ((await agent.status()).receipts[0]?.outcome === 'created' ? true : null), 'the report is in the register')
    await until(async () => (Object.keys((await agent.status()).complaints).length === 0 ? true : null), 'all is well again')
  },
)
