import type { Heads } from './become.ts'

/** What comes before the script's first mark: banners, noise of login scripts, sudo's questions. */
export class Head {
  readonly #begin: RegExp
  #stdout = Buffer.alloc(0)
  #stderr = Buffer.alloc(0)
  /** User id as whom the script runs; null while it has not begun. */
  uid: string | null = null

  constructor(nonce: string) {
    this.#begin = new RegExp(`\\n@@rollcall 1 ${nonce} (\\d*)\\n`)
  }

  take(from: 'stdout' | 'stderr', chunk: Buffer): void {
    if (from === 'stderr') this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-HEAD_BYTES)
    else {
      const all = Buffer.concat([this.#stdout, chunk])
      this.uid = this.#begin.exec(all.toString('latin1'))?.[1] ?? null
      this.#stdout = all.subarray(-HEAD_BYTES)
    }
  }

  get texts(): Heads {
    return { stdout: this.#stdout.toString('latin1'), stderr: this.#stderr.toString('latin1') }
  }
}

/** Enough for what matters, whatever a login script prints. */
const HEAD_BYTES = 16 * 1024
