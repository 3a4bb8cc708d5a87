import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { unitText } from '../../cli/agent-unit.ts'
import { makeWorld, NO_WORLD } from '../machine/world.ts'
import { scratch } from '../collector/scratch.ts'
import { BIN, rollcall } from './rollcall.ts'

const NO_ANALYZE = spawnSync('systemd-analyze', ['--version']).status !== 0 && 'needs systemd-analyze(1) of systemd'
const UNITS = [
  { name: 'of root', options: { command: [process.execPath, BIN], user: null, becomes: false }, exposure: 56 },
  { name: 'of another user', options: { command: [process.execPath, BIN], user: 'rollcall', becomes: false }, exposure: 47 },
  {
    name: 'of another user who becomes root',
    options: { command: [process.execPath, BIN], user: 'rollcall', becomes: true },
    exposure: 100,
  },
]

for (const { name, options, exposure } of UNITS) {
  test(`systemd finds nothing wrong with the unit ${name}, and its exposure is no more than we say`, { skip: NO_ANALYZE }, (t) => {
    const file = join(scratch(t), 'rollcall-agent.service')
    writeFileSync(file, unitText(options))
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' })
    assert.deepEqual([verified.status, verified.stderr, verified.stdout], [0, '', ''])
    // Tenths. systemd 252 says 5.3, 4.4 and 9.7; other versions weigh a little otherwise.
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', `--threshold=${exposure}`, '--no-pager', file], {
      encoding: 'utf8',
    })
    assert.equal(judged.status, 0, judged.stdout + judged.stderr)
  })
}

test('the unit gives the agent neither mounts nor a host name of its own, or it would report those', () => {
  const own =
    /^(?:Protect(?:System|Home|Hostname|Kernel\w+|ControlGroups|Proc|Clock)|Private\w+|ProcSubset|TemporaryFileSystem|MountAPIVFS)=/m
  const paths =
    /^(?:(?:ReadWrite|ReadOnly|Inaccessible|Exec|NoExec)Paths|Bind\w*Paths|Root(?:Directory|Image)|DynamicUser|DevicePolicy|DeviceAllow)=/m
  for (const { options } of UNITS) {
    assert.doesNotMatch(unitText(options), own)
    assert.doesNotMatch(unitText(options), paths)
  }
})

test('a path with spaces and signs stays one word', () => {
  const text = unitText({ command: ['/opt/my node/node', '/opt/50%/$x/"rollcall".js'], user: null, becomes: false })
  assert.ok(text.includes(String.raw`ExecStart="/opt/my node/node" "/opt/50%%/$$x/\"rollcall\".js" agent run`))
})

test('sudo is not confined where the settings ask for it', () => {
  assert.doesNotMatch(unitText(UNITS[2]!.options), /NoNewPrivileges|CapabilityBoundingSet|SystemCallFilter/)
  assert.match(unitText(UNITS[1]!.options), /^CapabilityBoundingSet=$/m)
})

test('with the capabilities of the unit, root sees what root sees', { skip: NO_WORLD }, async (t) => {
  const [, names] = /^CapabilityBoundingSet=(.+)$/m.exec(unitText(UNITS[0]!.options))!
  const some = names!.split(' ').map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)
  const confined = ['setpriv', `--bounding-set=-all,${some.join()}`, '--no-new-privs', '--']
  const args = ['collect', '--plugin', 'basic,board,container,cpu,disk,filesystem,memory,nic,pci,port,software,user,lvm,raid,bmc']
  // In a world of its own, so that other tests open no ports and install nothing meanwhile.
  const world = makeWorld(t)
  world.freeze(scratch(t))
  await listenAsNobody(t, world.enter)
  const sections = async (under: readonly string[]) => {
    const { stdout, stderr } = await rollcall(args, { data: scratch(t), under: [...world.enter, ...under] })
    assert.match(stdout, /"port": 7007,\s+"processes": \[\s+"/, stderr)
    const report = JSON.parse(stdout) as { readonly sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
    return Object.entries(report.sections).map(([name, { status, reason, data }]) => [name, status, reason, data])
  }
  assert.deepEqual(await sections(confined), await sections([]))
})

/** A socket of another user: whose it is, not every root may see. */
async function listenAsNobody(t: TestContext, enter: readonly string[]): Promise<void> {
  const [program, ...rest] = [...enter, 'setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath]
  const code = 'require("node:net").createServer().listen(7007, "127.0.0.1", () => console.log("up"))'
  const child = spawn(program, [...rest, '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
}

const NO_MACHINE = NO_WORLD || (!existsSync('/etc/systemd') && 'needs the folders of systemd')
const UNIT = '/etc/systemd/system/rollcall-agent.service'

/**
 * A machine where systemd runs, as far as files tell. No test has a systemd of its own: this systemctl only notes what it is asked, and fails when told to.
 */
function machine(t: TestContext) {
  const world = makeWorld(t)
  for (const folder of ['/run', '/etc/systemd', '/var/lib']) world.run('mount', '-t', 'tmpfs', 'tmpfs', folder)
  world.run('mkdir', '-p', '/run/systemd/system', '/etc/systemd/system')
  const folder = scratch(t)
  const [calls, broken, program] = [join(folder, 'calls'), join(folder, 'broken'), join(folder, 'systemctl')]
  writeFileSync(calls, '')
  writeFileSync(program, `#!/bin/sh\necho "$*" >>'${calls}'\n[ ! -e '${broken}' ] || { echo 'Job failed.' >&2; exit 1; }\n`)
  chmodSync(program, 0o755)
  const env = { PATH: `${folder}${delimiter}${process.env['PATH']}`, ROLLCALL_DATA: '' }
  return {
    world,
    folder,
    agent: async (...args: readonly string[]) => await rollcall(['agent', ...args], { data: folder, under: world.enter, env }),
    fail: () => writeFileSync(broken, ''),
    asked: () => {
      const said = readFileSync(calls, 'utf8')
      writeFileSync(calls, '')
      return said.trim().split('\n')
    },
  }
}

test('install writes the unit, enables and starts it; start, stop and uninstall are systemctl’s', { skip: NO_MACHINE }, async (t) => {
  const { world, agent, asked } = machine(t)
  const installed = await agent('install')
  assert.equal(installed.status, 0, installed.stderr)
  assert.match(
    installed.stdout,
    /^wrote \/etc\/systemd\/system\/rollcall-agent\.service.*\/var\/lib\/rollcall\n[^]*Next: rollcall agent start\n$/,
  )
  assert.deepEqual(asked(), ['daemon-reload', 'enable rollcall-agent.service'])
  assert.equal(world.run('cat', UNIT), unitText({ command: [process.execPath, BIN], user: null, becomes: false }))
  assert.equal(world.run('stat', '-c', '%a %u', UNIT).trim(), '644 0')

  assert.equal((await agent('install', '--now', '--user', 'daemon')).status, 0)
  assert.deepEqual(asked(), ['daemon-reload', 'enable rollcall-agent.service', 'restart rollcall-agent.service'])
  assert.match(world.run('cat', UNIT), /^User=daemon$/m)

  assert.equal((await agent('start')).status, 0)
  assert.deepEqual(asked(), ['start rollcall-agent.service'])
  assert.match((await agent('stop')).stdout, /^the agent has stopped$/m)
  assert.deepEqual(asked(), ['stop rollcall-agent.service'])

  const removed = await agent('uninstall')
  assert.match(removed.stdout, /^removed .*\/var\/lib\/rollcall stays/)
  assert.deepEqual(asked(), ['disable --now rollcall-agent.service', 'daemon-reload'])
  assert.equal(world.run('ls', '/etc/systemd/system'), '')
  assert.match((await agent('uninstall')).stdout, /nothing to remove/)
})

test('install goes by the settings of the service, and by no others', { skip: NO_MACHINE }, async (t) => {
  const { world, agent, asked, folder } = machine(t)
  for (const [name, value] of [
    ['--data', '/srv/rollcall'],
    ['--config', '/srv/rollcall.config.yaml'],
  ] as const) {
    const refused = await agent('install', name, value)
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /reads its settings from \/etc\/rollcall and keeps its data in \/var\/lib\/rollcall/)
  }
  assert.deepEqual(asked(), [''])
  writeFileSync(join(folder, 'rollcall.config.json'), '{ "become": "sudo" }')
  assert.equal((await agent('install', '--user', 'daemon')).status, 0)
  assert.match(world.run('cat', UNIT), /^NoNewPrivileges=yes$/m)
})

test('what systemd refuses is told, with where to look', { skip: NO_MACHINE }, async (t) => {
  const { agent, fail } = machine(t)
  assert.equal((await agent('install')).status, 0)
  fail()
  const { status, stderr } = await agent('start')
  assert.equal(status, 1)
  assert.match(stderr, /^Job failed\.\n"journalctl -u rollcall-agent -n 20" may tell why$/m)
})

test('a user who is not there, and a machine without systemd are told before anything is written', { skip: NO_MACHINE }, async (t) => {
  const { world, agent, asked } = machine(t)
  const nobody = await agent('install', '--user', 'nobody-of-that-name')
  assert.equal(nobody.status, 2)
  assert.match(nobody.stderr, /there is no user nobody-of-that-name.*useradd/)
  world.run('rmdir', '/run/systemd/system')
  const { status, stderr } = await agent('install')
  assert.equal(status, 2)
  assert.match(stderr, /no systemd runs here.*"rollcall agent start"/)
  assert.deepEqual(asked(), [''])
  assert.equal(world.run('ls', '/etc/systemd/system'), '')
})
