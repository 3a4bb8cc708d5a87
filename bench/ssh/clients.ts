import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { build } from 'rolldown'
import { stage } from '../stage.ts'
import { Spool } from '../../collector/spool.ts'
import type { Figures, Ground } from './ground.ts'

/** What one client did in one run; null where it is not installed. */
export type Client = (ground: Ground, n: number, c: number) => Promise<(Figures & { readonly lagMs?: number }) | null>

/** Nobody listens there, so that reports stay in the spool, where they are counted. The fleet's reports must all fit in. */
const SPOOL_ONLY = { ROLLCALL_API__URL: 'http://127.0.0.1:9', ROLLCALL_API__TOKEN: 'none', ROLLCALL_SPOOL__MAX_MB: '8192' }

/** The published bundle as users run it, and its transport alone. */
export async function ours(): Promise<Readonly<Record<'transport' | 'first' | 'again', Client>>> {
  const program = stage()
  const folder = join(dirname(program), '..')
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  const transport = join(folder, 'dist/transport.js')
  await build({ input: 'bench/ssh/transport.ts', platform: 'node', external: [/^(node-ssh|ssh2)$/], output: { file: transport } })
  const data = mkdtempSync(join(tmpdir(), 'rollcall-ssh-'))
  process.once('exit', () => rmSync(data, { recursive: true, force: true }))
  const whole = async (ground: Ground, n: number, c: number): Promise<Figures> => {
    const login = '--port "$LAB_PORT" --user "$LAB_USER" --key "$LAB_KEY"'
    const shell = `exec "$0" "$1" ssh --hosts "$LAB_HOSTS" ${login} --concurrency ${c} --data "$2" --json`
    const figures = ground.measure(['sh', '-c', shell, process.execPath, program, data], n, { ...SPOOL_ONLY, ...lagIn(data) })
    return { ...figures, ok: (await new Spool(join(data, 'spool'), { maxBytes: Infinity }).list()).length, ...lagOf(data) }
  }
  return {
    transport: async (ground, n, c) => ({
      ...ground.measure([process.execPath, transport, String(c)], n, lagIn(data), '@@END'),
      ...lagOf(data),
    }),
    first: async (ground, n, c) => {
      for (const name of readdirSync(data)) rmSync(join(data, name), { recursive: true })
      return await whole(ground, n, c)
    },
    again: async (ground, n, c) => {
      rmSync(join(data, 'spool'), { recursive: true, force: true })
      return await whole(ground, n, c)
    },
  }
}

export function peer(tool: string): Client {
  return async (ground, n, c) => ground.peer(tool, n, c)
}

function lagIn(data: string): NodeJS.ProcessEnv {
  for (const file of globSync(join(data, 'lag.*'))) rmSync(file)
  return { BENCH_LAG: join(data, 'lag'), NODE_OPTIONS: `--import ${resolve('bench/ssh/lag.ts')}` }
}

/** That of the slowest thread. */
function lagOf(data: string): { readonly lagMs?: number } {
  const lags = globSync(join(data, 'lag.*')).map((file) => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0))
  return lags.length === 0 ? {} : { lagMs: Math.max(...lags) }
}
