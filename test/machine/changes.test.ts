import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { rollcallJson, type Surroundings } from '../cli/rollcall.ts'
import { scratch } from '../collector/scratch.ts'
import { live, settle } from './live.ts'
import { makeWorld, NO_WORLD, type World } from './world.ts'

interface Here extends Surroundings {
  readonly world: World
  readonly assetId: string
}

const CHANGES_MACHINE = process.env['ROLLCALL_TEST_MACHINE'] === '1'

/** A world with an API in it that knows this machine. */
async function inhabited(t: TestContext): Promise<Here> {
  const data = scratch(t)
  const world = makeWorld(t)
  world.freeze(data)
  const here = { data, under: world.enter }
  return { ...here, world, assetId: await settle(t, here) }
}

test('a real change is recorded, and nothing else', { skip: NO_WORLD }, async (t) => {
  const here = await inhabited(t)
  await t.test('an interface with an address comes, changes its MTU, and goes', () => interfaceLives(here))
  await t.test('a file system is mounted, fills, and is unmounted', (own) => fileSystemLives(own, here))
  await t.test('another host name is drift of the same asset, and one change', () => hostNameDrifts(here))
  const skip = !existsSync('/var/lib/dpkg/status') && 'needs dpkg'
  await t.test('a package is installed and purged', { skip }, () => packageLives(here))
  await t.test('a cert that is deleted is pinned anew, to the same asset', () => certIsDeleted(here))
})

async function interfaceLives({ world: { run }, assetId, ...here }: Here): Promise<void> {
  const lab0 = 'nic interfaces name=lab0'
  await live(here, assetId, [
    [() => undefined, []],
    [() => run('sh', '-c', 'ip link add lab0 type bridge; ip addr add 192.0.2.7/24 dev lab0; ip link set lab0 up'), [`${lab0}: added`]],
    [() => run('ip', 'link', 'set', 'lab0', 'mtu', '1400'), [`${lab0} mtu: 1500 -> 1400`]],
    [() => run('ip', 'addr', 'add', '192.0.2.8/24', 'dev', 'lab0'), [`${lab0} ipv4: ["192.0.2.7/24"] -> ["192.0.2.7/24","192.0.2.8/24"]`]],
    [() => run('ip', 'link', 'del', 'lab0'), [`${lab0}: removed`]],
  ])
}

async function fileSystemLives(t: TestContext, { world: { run }, assetId, ...here }: Here): Promise<void> {
  const [image, point] = [join(here.data, 'image'), join(here.data, 'mnt')]
  mkdirSync(point)
  run('sh', '-c', `truncate -s 16M ${image} && mkfs.ext4 -q ${image}`)
  try {
    run('mount', '-o', 'loop', image, point)
  } catch {
    t.skip('this kernel gives no loop device')
    return
  }
  const item = `filesystem filesystems mountPoint=${point}`
  await live(here, assetId, [
    [() => undefined, [`${item}: added`]],
    [() => run('sh', '-c', `head -c 2000000 /dev/zero >${point}/fill; sync`), []],
    [() => run('umount', point), [`${item}: removed`]],
  ])
}

async function hostNameDrifts({ world: { run }, assetId, ...here }: Here): Promise<void> {
  const pinned = run('uname', '-n').trim()
  await live(here, assetId, [[() => run('hostname', 'db-99'), [`basic hostname: ${JSON.stringify(pinned)} -> "db-99"`]]])
  const assets = await rollcallJson<{ name: string; hostname: string; drift: boolean }[]>(['assets', '--json'], here)
  assert.deepEqual(
    assets.map(({ name, hostname, drift }) => [name, hostname, drift]),
    [[pinned, 'db-99', true]],
  )
  await live(here, assetId, [[() => run('hostname', pinned), [`basic hostname: "db-99" -> ${JSON.stringify(pinned)}`]]])
}

/** dpkg works on the world's copy of its records, and the package holds no files: nothing of it reaches the machine. */
async function packageLives({ world: { run }, assetId, ...here }: Here): Promise<void> {
  const folder = join(here.data, 'acme')
  mkdirSync(join(folder, 'DEBIAN'), { recursive: true, mode: 0o755 })
  const control = 'Package: rollcall-acme\nVersion: 1.2-3\nArchitecture: all\nMaintainer: a@example.org\nDescription: for a test\n'
  writeFileSync(join(folder, 'DEBIAN/control'), control)
  run('dpkg-deb', '--root-owner-group', '--build', folder, `${folder}.deb`)
  const item = 'software packages manager+name+arch=deb/rollcall-acme/all'
  await live(here, assetId, [
    [() => run('dpkg', '--log=/dev/null', '-i', `${folder}.deb`), [`${item}: added`]],
    [() => run('dpkg', '--log=/dev/null', '--purge', 'rollcall-acme'), [`${item}: removed`]],
  ])
}

async function certIsDeleted({ assetId, ...here }: Here): Promise<void> {
  const file = join(here.data, 'cert')
  const line = (key: string) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .find((one) => one.startsWith(key))
  const [id, asset] = [line('cert: '), line('asset: ')]
  await live(here, assetId, [[() => rmSync(file), []]])
  assert.notEqual(line('cert: '), id)
  assert.equal(line('asset: '), asset)
  assert.equal((await rollcallJson<unknown[]>(['assets', '--json'], here)).length, 1)
}

test(
  'a package of the distribution is installed and purged',
  { skip: NO_WORLD || (!CHANGES_MACHINE && 'puts files of a package on this machine for a moment: set ROLLCALL_TEST_MACHINE=1') },
  async (t) => {
    const { assetId, ...here } = await inhabited(t)
    const item = `software packages manager+name+arch=deb/hello/${here.world.run('dpkg', '--print-architecture').trim()}`
    apt(here.world, 'purge', 'hello')
    await live(here, assetId, [
      [() => apt(here.world, 'install', 'hello'), [`${item}: added`]],
      [() => apt(here.world, 'purge', 'hello'), [`${item}: removed`]],
    ])
  },
)

/** With the network of the machine, and the records of the world. */
function apt({ enter }: World, ...args: readonly string[]): void {
  const [nsenter, ...rest] = enter.filter((word) => word !== '--net')
  execFileSync(nsenter!, [...rest, 'apt-get', '-qq', '-y', ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
}
