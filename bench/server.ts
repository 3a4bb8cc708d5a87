import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `rollcall serve` as people run it, on a free port. */
export interface ApiServer {
  readonly url: string
  /** An admin's. */
  readonly token: string
  readonly pid: number
  /** User and system time so far, in steps of a clock tick (10 ms). */
  readonly cpuMs: () => number
  readonly end: () => Promise<void>
}

export async function startApi(folder: string): Promise<ApiServer> {
  const child = spawn(process.execPath, ['bin/rollcall.js', 'serve'], {
    env: { ...process.env, ROLLCALL_DATA: folder, ROLLCALL_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let said = ''
  child.once('close', () => reject(new Error(`rollcall serve ended: ${said}`)))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
    const url = /^rollcall is up: (\S+)$/m.exec(said)?.[1]
    if (url !== undefined) resolve(url)
  })
  const url = await promise
  const pid = child.pid!
  return {
    url,
    token: readFileSync(join(folder, 'token'), 'utf8').trim(),
    pid,
    cpuMs: () => cpuMs(pid),
    end: async () => {
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}
