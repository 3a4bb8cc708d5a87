import type { Duplex } from 'node:stream'

/**
 * Gathers what one tick writes into one write. ssh2 writes a packet in three pieces (length, body, tag): three system calls, three segments,
 * and through a jump host three packets of the outer connection.
 */
export function gatherWrites<S extends Duplex>(stream: S): S {
  const write = stream.write.bind(stream)
  const end = stream.end.bind(stream)
  let waiting: Buffer[] = []
  const flush = (): void => {
    const chunks = waiting
    waiting = []
    if (chunks.length > 0 && stream.writable) write(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
  }
  stream.write = (chunk: Buffer): boolean => {
    // ssh2 encrypts into buffers of its own for each packet, so they may be kept until the tick ends.
    if (waiting.push(chunk) === 1) process.nextTick(flush)
    return true
  }
  stream.end = (...args: []): S => {
    flush()
    end(...args)
    return stream
  }
  return stream
}
