import type { RawAnswer } from './answer.ts'
import { keyOf, keysOf } from './globs.ts'

/** What one read of many files was to bring, as the script announced it. */
export class AnnouncedFiles {
  readonly #one = new Map<string, string>()
  readonly #many = new Map<string, string>()

  /** The probe reads one file. */
  addFile(name: string, path: string): void {
    this.#one.set(path, name)
  }

  /** The probe reads all files that its globs reach. */
  addGlobs(name: string, globs: readonly string[]): void {
    for (const glob of globs) this.#many.set(keyOf(glob), name)
  }

  /** Nothing is awaited any more. */
  clear(): void {
    this.#one.clear()
    this.#many.clear()
  }

  /**
   * The answers of all that is awaited, once. They were read by one `grep -H ''`, so each line has its path in front: taken away where the probe
   * reads one file, left where it reads many.
   */
  split(raw: RawAnswer): Record<string, RawAnswer> {
    const answers = this.#split(raw)
    this.clear()
    return answers
  }

  #split({ exit, stdout, stderr, ms = 0 }: RawAnswer): Record<string, RawAnswer> {
    const names = new Set([...this.#one.values(), ...this.#many.values()])
    if (names.size === 0) return {}
    // 1: no line in any file. 2: one could not be read; which one is in the error text.
    if (exit !== 0 && exit !== 1 && exit !== 2)
      return Object.fromEntries([...names].map((name) => [name, { exit, stdout: '', stderr, ms }]))
    const texts = new Map<string, string[]>()
    for (const line of stdout.split('\n')) {
      const path = this.#pathIn(line)
      const name = path === null ? this.#nameOf(line) : this.#one.get(path)
      if (name === undefined) continue
      const lines = texts.get(name) ?? []
      lines.push(`${path === null ? line : line.slice(path.length + 1)}\n`)
      texts.set(name, lines)
    }
    const answers = [...names].map((name): [string, RawAnswer] => [
      name,
      { exit: 0, stdout: (texts.get(name) ?? []).join(''), stderr: '', ms },
    ])
    return { ...Object.fromEntries(answers), ...this.#unreadable(stdout, stderr, ms) }
  }

  /** The path of a single file; it may hold colons, as udev's do. */
  #pathIn(line: string): string | null {
    for (let at = line.indexOf(':'), colons = 0; at !== -1 && colons < 4; at = line.indexOf(':', at + 1), colons++) {
      if (this.#one.has(line.slice(0, at))) return line.slice(0, at)
    }
    return null
  }

  #nameOf(line: string): string | undefined {
    const key = keysOf(line).find((one) => this.#many.has(one))
    return key === undefined ? undefined : this.#many.get(key)
  }

  #unreadable(stdout: string, stderr: string, ms: number): Record<string, RawAnswer> {
    const answers: Record<string, RawAnswer> = {}
    // One look at each text, and not one for each file. grep shows nothing of a file that holds a NUL byte; before 3.5 it says so on stdout.
    const binary = new Set(
      [...stdout.matchAll(/^Binary file (\/.*) matches$/gm), ...stderr.matchAll(/^grep: (\/.*): binary file matches$/gm)].map(
        ([, path]) => path!,
      ),
    )
    const errors = new Map([...stderr.matchAll(/^\S{1,64} (\/[^\n]*?): .*/gm)].toReversed().map(([line, path]) => [path!, line]))
    for (const [path, name] of this.#one) {
      const error = binary.has(path) ? `${path} is not text` : errors.get(path)
      if (error !== undefined) answers[name] = { exit: 2, stdout: '', stderr: error, ms }
    }
    return answers
  }
}
