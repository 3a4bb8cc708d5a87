import { chmod, link, rename, rm, stat } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { makeFolder } from '../../conf/make-folder.ts'
import { AgentRunsError, StorageError } from '../errors.ts'
import { codeOf } from '../write-file.ts'

/** What a running agent can be asked through its socket, by root and by the user who runs it. */
export type Question = 'status' | 'reload' | 'stop'

export interface Control {
  /** Whether the socket in the folder is still this one. */
  isOurs(): Promise<boolean>
  close(): Promise<void>
}

/** Bytes of a question at most. */
const QUESTION_BYTES = 64
const ANSWER_MS = 5_000
/** sun_path of unix(7), with its final NUL. */
const PATH_BYTES = 107

/**
 * A socket in the data folder: whoever holds it is the one agent of this folder. It ends with its process, so that a killed agent leaves nothing
 * that a next one could take for life.
 *
 * @throws {AgentRunsError} where another agent answers
 * @throws {StorageError}
 */
export async function openControl(folder: string, answer: (question: Question) => Promise<unknown>): Promise<Control> {
  const path = pathIn(folder)
  const own = join(folder, `.${process.pid}`)
  try {
    makeFolder(folder, 0o700)
    await rm(own, { force: true })
    const { server, silent } = await listen(own, answer)
    const inode = await inodeOf(own)
    const isOurs = async (): Promise<boolean> => inode !== null && (await inodeOf(path)) === inode
    try {
      await chmod(own, 0o600)
      // A name is given only where there is none: of two agents that start together, one gets it.
      while (!(await named(own, path))) await removeDead(path, `${own}-dead`)
    } catch (error) {
      server.close()
      throw error
    } finally {
      await rm(own, { force: true })
    }
    return {
      isOurs,
      close: async () => {
        // Where the folder was removed meanwhile, the socket in it may be another agent's.
        if (await isOurs()) await rm(path, { force: true })
        await new Promise<void>((resolve) => {
          server.close(() => resolve())
          for (const socket of silent) socket.destroy()
        })
      },
    }
  } catch (error) {
    if (error instanceof AgentRunsError || error instanceof StorageError) throw error
    throw new StorageError(folder, codeOf(error), error)
  }
}

/**
 * The answer of the agent that works with this folder; null where none does, `{}` of one that does not answer.
 *
 * @throws {StorageError} where this user may not ask
 */
export async function askAgent(folder: string, question: Question): Promise<unknown> {
  try {
    return await ask(pathIn(folder), question)
  } catch (error) {
    if (error instanceof StorageError) throw error
    throw new StorageError(folder, codeOf(error), error)
  }
}

function pathIn(folder: string): string {
  const path = join(folder, 'agent.sock')
  if (Buffer.byteLength(join(folder, `.${process.pid}`)) <= PATH_BYTES && Buffer.byteLength(path) <= PATH_BYTES) return path
  throw new StorageError(
    folder,
    `its path is too long for a socket; set ROLLCALL_DATA to a folder of at most ${PATH_BYTES - 16} bytes`,
    null,
  )
}

/** Device and number; null where there is none. */
async function inodeOf(file: string): Promise<string | null> {
  const { dev, ino } = (await stat(file).catch(() => null)) ?? {}
  return ino === undefined ? null : `${dev}:${ino}`
}

async function named(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function removeDead(path: string, aside: string): Promise<void> {
  if ((await ask(path, 'status')) !== null)
    throw new AgentRunsError(`an agent works with ${path} already; "rollcall agent status" shows it`)
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  // Between the question and the rename another agent may have put its own in place.
  if ((await ask(aside, 'status')) !== null) await named(aside, path)
  await rm(aside, { force: true })
}

interface Listening {
  readonly server: Server
  /** Of those who have asked nothing yet. */
  readonly silent: ReadonlySet<Socket>
}

async function listen(path: string, answer: (question: Question) => Promise<unknown>): Promise<Listening> {
  const silent = new Set<Socket>()
  const server = createServer((socket) => {
    silent.add(socket)
    socket.on('close', () => silent.delete(socket))
    socket.on('error', () => undefined)
    socket.setTimeout(ANSWER_MS, () => socket.destroy())
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (text.length > QUESTION_BYTES) socket.destroy()
      const question = ['status', 'reload', 'stop'].find((one) => text === `${one}\n`)
      if (question === undefined) return
      silent.delete(socket)
      void answer(question as Question).then(
        (said) => socket.end(JSON.stringify(said), () => socket.destroy()),
        () => socket.destroy(),
      )
    })
  })
  const { promise, resolve, reject } = Promise.withResolvers<Listening>()
  server.once('error', reject)
  server.listen(path, () => resolve({ server, silent }))
  return await promise
}

async function ask(path: string, question: Question): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<string | null>()
  let text = ''
  const socket: Socket = createConnection(path, () => socket.write(`${question}\n`))
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  socket.on('error', (error) => (NOBODY.has(codeOf(error)) ? resolve(null) : reject(error)))
  socket.on('close', () => resolve(text))
  socket.setTimeout(ANSWER_MS, () => socket.destroy())
  const answer = await promise
  if (answer === null) return null
  try {
    return JSON.parse(answer) as unknown
  } catch {
    // It holds the socket, yet does not answer: that is an agent, too.
    return {}
  }
}

/** What a connection meets where no agent listens: no socket, one whose process is gone, no folder; or one that ends as it is asked. */
const NOBODY: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'ECONNRESET', 'EPIPE'])
