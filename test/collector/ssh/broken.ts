import { spawn } from 'node:child_process'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** A port of 127.0.0.1 where something other than an SSH server answers. */
export async function serve(t: TestContext, behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    behave(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A network on the way to a server, which fails once the server has sent so many bytes. */
export async function failing(
  t: TestContext,
  to: number,
  { bytes, how }: { bytes: number; how: 'stall' | 'reset' | 'cut' },
): Promise<number> {
  return await serve(t, (client) => {
    const server = connect(to, '127.0.0.1')
    let sent = 0
    server.on('error', () => undefined).on('close', () => client.end())
    server.on('data', (chunk: Buffer) => {
      sent += chunk.length
      if (sent <= bytes) client.write(chunk)
      else if (how === 'stall') server.pause()
      else {
        server.destroy()
        if (how === 'reset') client.resetAndDestroy()
        else client.destroy()
      }
    })
    client.on('data', (chunk: Buffer) => server.write(chunk)).on('close', () => server.destroy())
  })
}

/** A port that answers nothing at all: its program is stopped and its backlog full, so that the kernel drops what comes. */
export async function unanswered(t: TestContext): Promise<number> {
  const script = `const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))))
  child.kill('SIGSTOP')
  const fill = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.after(() => {
    for (const socket of fill) socket.destroy()
    child.kill('SIGKILL')
  })
  return port
}
