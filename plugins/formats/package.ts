/** One installed package, as the readers of the package managers' lists give it. */
export interface Package {
  readonly manager: 'deb' | 'rpm' | 'apk' | 'pacman'
  readonly name: string
  readonly version: string | null
  readonly arch: string | null
  readonly epoch: number | null
  readonly source: string | null
}

/** Reads one view of a package manager. Null where the text says that the manager could not read its own records. */
export type PackageReader = (text: string) => Package[] | null

/** The number before the colon of `1:2.36-9`: 0 where there is none. Also what rpm prints as `(none)`. */
export function epochOf(version: string): number {
  const digits = /^(\d{1,9}):/.exec(version)?.[1]
  return digits === undefined ? 0 : Number(digits)
}

/** Trimmed text; null for nothing at all. A package may be called `null` or `none`: no list of placeholders here. */
export function wordOrNull(value: string | null | undefined): string | null {
  return value?.trim() || null
}
