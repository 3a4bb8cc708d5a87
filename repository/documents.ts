import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Reader, Writer } from './connect.ts'

const PLAIN = 0
const ZSTD = 1
/** Below this, compression costs more than it saves. */
const SMALL_BYTES = 400

/** JSON as stored: one byte that says how, then the text. */
export function pack(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value))
  return text.length < SMALL_BYTES ? Buffer.concat([Buffer.of(PLAIN), text]) : Buffer.concat([Buffer.of(ZSTD), zstdCompressSync(text)])
}

export function unpack(body: Uint8Array): unknown {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const text = bytes[0] === ZSTD ? zstdDecompressSync(bytes.subarray(1)) : bytes.subarray(1)
  return JSON.parse(text.toString('utf8'))
}

/** Stores each document once, whoever has it; in the order of their hashes, so that two API processes never wait for each other in a ring. */
export async function putDocuments(db: Writer, documents: ReadonlyMap<string, object>): Promise<void> {
  const hashes = [...documents.keys()].toSorted((one, other) => (one < other ? -1 : 1))
  for (const hash of hashes) {
    const known = await db.selectFrom('document').select('hash').where('hash', '=', hash).executeTakeFirst()
    if (known !== undefined) continue
    await db
      .insertInto('document')
      .values({ hash, body: pack(documents.get(hash)) })
      .onConflict((c) => c.doNothing())
      .execute()
  }
}

/** Documents by hash. */
export async function getDocuments(
  db: Reader | Writer,
  hashes: readonly string[],
): Promise<Map<string, Readonly<Record<string, unknown>>>> {
  if (hashes.length === 0) return new Map()
  const rows = await db.selectFrom('document').selectAll().where('hash', 'in', hashes).execute()
  // Only objects are put.
  return new Map(rows.map(({ hash, body }) => [hash, unpack(body) as Readonly<Record<string, unknown>>]))
}
