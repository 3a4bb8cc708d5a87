export interface Line {
  /** Of a line that is too long, its beginning. */
  readonly text: string
  readonly isCut: boolean
}

/**
 * Lines of a stream in bounded memory, ended by `\n` alone: readline also takes U+2028, which JSON may hold, for an end.
 *
 * @param mostBytes of one line; of a longer one only the beginning is kept
 */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, mostBytes: number): AsyncGenerator<Line> {
  let chunks: Uint8Array[] = []
  let bytes = 0
  const take = (): Line => {
    const isCut = bytes > mostBytes
    const text = Buffer.concat(chunks).toString('utf8')
    chunks = []
    bytes = 0
    return { text, isCut }
  }
  const keep = (part: Uint8Array): void => {
    bytes += part.length
    if (bytes <= mostBytes) chunks.push(part)
    else chunks = chunks.length > 0 ? [Buffer.concat(chunks).subarray(0, HEAD_BYTES)] : [part.subarray(0, HEAD_BYTES)]
  }
  for await (const chunk of stream) {
    let from = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end))
      yield take()
      from = end + 1
    }
    if (from < chunk.length) keep(chunk.subarray(from))
  }
  if (bytes > 0) yield take()
}

/** Enough to see whose line it was. */
const HEAD_BYTES = 1024
