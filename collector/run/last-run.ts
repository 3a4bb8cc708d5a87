import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomically } from '../write-file.ts'

/** Of runs over SSH, and through Salt: hosts are other words in each. */
const FILES = { ssh: 'last-run.json', salt: 'last-salt-run.json' }
export type Mode = keyof typeof FILES

/** A host that a run has still to do. */
export interface Undone {
  /** Of the host list's entry, as `entryKey` makes it; the id of a minion. */
  readonly key: string
  /** As the list has it. */
  readonly address: string
  /** By the list. */
  readonly name: string | null
}

/** While a run goes on its file is written this often: what a killed run had done since is done twice, no more. */
const KEEP_MS = 3_000

/**
 * What a run has still to do, kept from before its first connection until its end: a run that is killed must not look like one that has done
 * everything.
 */
export class LastRun {
  readonly #file: string
  readonly #left: Map<string, Undone>
  #nextAt = 0
  #writing: Promise<void> = Promise.resolve()

  private constructor(file: string, undone: readonly Undone[]) {
    this.#file = file
    this.#left = new Map(undone.map(({ key, address, name }) => [key, { key, address, name }]))
  }

  /**
   * @param undone hosts of this run, and those that an earlier one left and this one does not touch
   * @throws {StorageError}
   */
  static async begin(dataFolder: string, mode: Mode, undone: readonly Undone[]): Promise<LastRun> {
    const run = new LastRun(join(dataFolder, FILES[mode]), undone)
    await run.#write({ durable: true })
    return run
  }

  done(key: string): void {
    this.#left.delete(key)
    if (performance.now() < this.#nextAt) return
    // A full disk is told at the end.
    this.#writing = this.#writing.then(() => this.#write({ durable: false })).catch(() => undefined)
  }

  /**
   * Writes what is left at last.
   *
   * @throws {StorageError}
   */
  async end(): Promise<void> {
    await this.#writing
    await this.#write({ durable: true })
  }

  async #write({ durable }: { readonly durable: boolean }): Promise<void> {
    this.#nextAt = performance.now() + KEEP_MS
    await writeAtomically(this.#file, `${JSON.stringify({ undone: [...this.#left.values()] }, null, 2)}\n`, { durable })
  }
}

/** What the last run left undone; null where none is known. */
export async function readUndone(dataFolder: string, mode: Mode): Promise<readonly Undone[] | null> {
  try {
    const { undone } = JSON.parse(await readFile(join(dataFolder, FILES[mode]), 'utf8')) as { readonly undone?: unknown }
    return Array.isArray(undone) ? undone.filter(isUndone) : null
  } catch {
    return null
  }
}

/**
 * Which hosts of a list a run left undone: by key, and those of which the list has another key now by their name, else by their address: somebody
 * has mended the port, or the way.
 */
export function undoneOf<T extends Undone>(
  hosts: readonly T[],
  undone: readonly Undone[],
): { readonly hosts: readonly T[]; readonly others: readonly Undone[] } {
  const known = new Set(hosts.map(({ key }) => key))
  const [same, moved] = [undone.filter(({ key }) => known.has(key)), undone.filter(({ key }) => !known.has(key))]
  const names = new Map(hosts.flatMap((host) => (host.name === null ? [] : [[host.name, host] as const])))
  const addresses = Map.groupBy(hosts, ({ address }) => address.toLowerCase())
  const wanted = new Set(same.map(({ key }) => key))
  const others: Undone[] = []
  for (const one of moved) {
    const named = one.name === null ? undefined : names.get(one.name)
    const now = named === undefined ? (addresses.get(one.address.toLowerCase()) ?? []) : [named]
    if (now.length === 0) others.push(one)
    for (const { key } of now) wanted.add(key)
  }
  return { hosts: hosts.filter(({ key }) => wanted.has(key)), others }
}

function isUndone(value: unknown): value is Undone {
  if (typeof value !== 'object' || value === null || !('key' in value && 'address' in value && 'name' in value)) return false
  const { key, address, name } = value
  return typeof key === 'string' && typeof address === 'string' && (name === null || typeof name === 'string')
}
