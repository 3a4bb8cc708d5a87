import { ParseError } from '../errors.ts'
import { epochOf, wordOrNull, type Package } from './package.ts'
import { lines } from './text.ts'

/** The `%NAME%`, `%VERSION%`, `%ARCH%` and `%BASE%` of the `desc` files in pacman's local database, each with its value on the next line. */
export function readPacmanDesc(text: string): Package[] {
  const packages: Package[] = []
  let fields: Record<string, string | undefined> = {}
  const close = (): void => {
    packages.push(...pacmanOf(fields['%NAME%'], fields['%VERSION%'], fields['%ARCH%'], fields['%BASE%']))
    fields = {}
  }
  const said = lines(text)
  for (const [at, line] of said.entries()) {
    if (!/^%(?:NAME|VERSION|ARCH|BASE)%$/.test(line)) continue
    if (line === '%NAME%') close()
    fields[line] ??= said[at + 1]
  }
  close()
  if (packages.length === 0 && said.length > 0) throw new ParseError('expected desc files of pacman', said[0]!)
  return packages
}

/** `pacman -Qi` and `-Si`: `Name            : zstd`. */
export function readPacmanInfo(text: string): Package[] {
  const packages: Package[] = []
  let fields: Record<string, string> = {}
  const close = (): void => {
    packages.push(...pacmanOf(fields['Name'], fields['Version'], fields['Architecture'], undefined))
    fields = {}
  }
  for (const line of lines(text)) {
    const [, field, value] = /^(Name|Version|Architecture) {0,20}: (.{1,300})/.exec(line) ?? []
    if (field === 'Name') close()
    if (field !== undefined) fields[field] ??= value!
  }
  close()
  return packages
}

function pacmanOf(name: string | undefined, version: string | undefined, arch: string | undefined, base: string | undefined): Package[] {
  const bare = wordOrNull(name)
  if (bare === null) return []
  return [
    {
      manager: 'pacman',
      name: bare,
      version: wordOrNull(version),
      arch: wordOrNull(arch),
      epoch: version === undefined ? null : epochOf(version),
      source: wordOrNull(base),
    },
  ]
}
