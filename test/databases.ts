import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { connect, type Register } from '../repository/connect.ts'
import { migrate } from '../repository/migrations/index.ts'

/** A database for tests: a new one for each call of `open`. */
export interface TestDatabase {
  readonly name: string
  url(): Promise<string>
  open(): Promise<Register>
  /** Has something ended before the databases are; what was begun last ends first. */
  finally(end: () => unknown): void
}

/** Runs a suite on SQLite, and with ROLLCALL_TEST_POSTGRES=1 on a PostgreSQL server of its own too. No mocks: what passes here runs. */
export function onEveryDatabase(name: string, suite: (database: TestDatabase) => void): void {
  describe(`${name} on SQLite`, () => suite(sqlite()))
  if (process.env['ROLLCALL_TEST_POSTGRES'] === '1') describe(`${name} on PostgreSQL`, () => suite(postgres()))
}

function opener(name: string, url: () => Promise<string>, end: () => unknown): TestDatabase {
  const ends = [end]
  after(async () => {
    for (const one of ends.toReversed()) await one()
  })
  const open = async () => {
    const register = await connect(await url())
    ends.push(() => register.close())
    await migrate(register)
    return register
  }
  return { name, url, open, finally: (one) => void ends.push(one) }
}

function sqlite(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
  let count = 0
  const url = () => Promise.resolve(`sqlite://${join(folder, `${++count}.db`)}`)
  return opener('sqlite', url, () => rmSync(folder, { recursive: true, force: true }))
}

function postgres(): TestDatabase {
  const server = startPostgres()
  let count = 0
  const url = async () => {
    const { psql, url: of } = await server
    const name = `test${++count}`
    psql(`create database ${name}`)
    return of(name)
  }
  return opener('postgres', url, async () => (await server).stop())
}

/** A PostgreSQL server in a temporary folder, on a free port of 127.0.0.1, as a user that is not root (initdb refuses root). */
async function startPostgres() {
  const bin = ['/usr/lib/postgresql', '/usr/pgsql']
    .flatMap((root) => (existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : []))
    .at(-1)
  if (bin === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql, or unset ROLLCALL_TEST_POSTGRES')
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-postgres-'))
  const uid = process.getuid?.() === 0 ? Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' })) : undefined
  if (uid !== undefined) chownSync(folder, uid, uid)
  const as = uid === undefined ? {} : { uid, gid: uid }
  const port = await freePort()
  const data = join(folder, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'test', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'], {
    ...as,
    stdio: 'ignore',
  })
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    { ...as, stdio: 'ignore' },
  )
  const url = (name: string) => `postgres://test@127.0.0.1:${port}/${name}`
  const psql = (text: string) =>
    void execFileSync(join(bin, 'psql'), ['-q', '-v', 'ON_ERROR_STOP=1', '-c', text, url('postgres')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
  for (let attempt = 0; ; attempt++) {
    try {
      execFileSync(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)])
      psql('select 1')
      break
    } catch (error) {
      if (attempt > 100) throw error
      await new Promise((done) => setTimeout(done, 100))
    }
  }
  const stop = async () => {
    const ended = new Promise((done) => server.once('exit', done))
    server.kill('SIGQUIT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  return { psql, url, stop }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port')
  return address.port
}
