import type { Readable, Writable } from 'node:stream'
import type { Connection } from './connect.ts'
import { HostFailure } from './causes.ts'
import { translate } from './translate.ts'

/** How a command ended. */
export interface Exit {
  /** Null where a signal ended it, or the other side did not tell. */
  readonly code: number | null
  /** Such as `SIGKILL`. */
  readonly signal: string | null
}

/** A command that runs on a host, whichever client runs it. */
export interface Remote {
  readonly end: string
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** When the command itself has ended; its children may go on, and hold its output open. Never rejects. */
  readonly exit: Promise<Exit>
  /** When nothing more will come; with a failure where that was not the command's doing. Never rejects. */
  readonly over: Promise<HostFailure | null>
}

/**
 * Starts one command on a connection.
 *
 * @throws {HostFailure}
 */
export async function start({ client, end, lost }: Connection, command: string): Promise<Remote> {
  const { promise, resolve, reject } = Promise.withResolvers<Remote>()
  void lost.then(reject)
  try {
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        // RFC 4254, 5.1: sshd's ForceCommand or MaxSessions, or a device without exec.
        reject(new HostFailure('protocol', `${end}: it runs no command (${error.message})`, { cause: error }))
        return
      }
      const exit = Promise.withResolvers<Exit>()
      const over = Promise.withResolvers<null>()
      channel.on('exit', (code: number | null, signal?: string) => exit.resolve({ code, signal: signal ?? null }))
      channel.on('close', () => over.resolve(null))
      channel.on('error', () => undefined)
      resolve({
        end,
        stdin: channel,
        stdout: channel,
        stderr: channel.stderr,
        exit: exit.promise,
        // The channel of a lost connection closes just before or after the connection itself: let it say why.
        over: Promise.race([lost, over.promise.then(() => new Promise<null>((settle) => setImmediate(settle, null)))]),
      })
    })
  } catch (error) {
    reject(translate(error, 'open', end))
  }
  return await promise
}
