import { ParseError } from '../errors.ts'
import { cellsOf, columnsOf } from './columns.ts'
import { wordOrNull, type Package } from './package.ts'
import { lines } from './text.ts'

/**
 * `rpm -qa` in our own tab-separated columns, in others as far as their cells tell which is which, as JSON objects, or as plain
 * `name-version-release.arch`. Null where rpm could not read all of its database.
 */
export function readRpm(text: string): Package[] | null {
  const said = lines(text)
  const rows = said.filter((line) => !/^(?:error|warning|rpmdb): /.test(line))
  if (said.some((line) => line.startsWith('error: '))) return null
  if (rows.length === 0) return []
  const packages = rows[0]!.startsWith('{') ? rows.flatMap(fromJson) : rows[0]!.includes('\t') ? fromTable(rows) : rows.flatMap(fromName)
  if (packages.length === 0) throw new ParseError('expected packages of rpm', rows[0]!)
  // %{NEVRA} and %{EVR} have the epoch only where there is one; other layouts do not tell it.
  const hasEpochs = packages.some(({ epoch }) => epoch !== null)
  return hasEpochs ? packages.map((one) => ({ ...one, epoch: one.epoch ?? 0 })) : packages
}

/** `rpm -qi`, of one or of all packages. Its Epoch is left out where there is none. */
export function readRpmInfo(text: string): Package[] {
  const packages: Package[] = []
  let fields: Record<string, string> = {}
  const close = (): void => {
    const { Name: name, Epoch: epoch = '0', Version: version, Release: release, Architecture: arch } = fields
    // A description may hold a line that looks like a name.
    if (release !== undefined) packages.push(...rpmOf({ name, epoch, version, release, arch, source: fields['Source RPM'] }))
    fields = {}
  }
  for (const line of lines(text)) {
    const [, field, value = ''] = /^(Name|Epoch|Version|Release|Architecture) {0,20}: (.{0,300})/.exec(line) ?? []
    if (field === 'Name') close()
    // Before rpm 4.8 (RHEL 5) there are two fields on a line, and Source RPM is the second.
    if (field !== undefined) fields[field] ??= value.split('  ', 1)[0]!.trim()
    const source = /\bSource RPM {0,5}: (\S{1,300})/.exec(line)?.[1]
    if (source !== undefined) fields['Source RPM'] ??= source
  }
  close()
  return packages
}

interface Layout {
  readonly epoch?: number
  readonly version: number
  readonly release?: number
  readonly arch?: number
  readonly source?: number
}

function fromTable(rows: readonly string[]): Package[] {
  const layout = layoutOf(rows)
  return rows.flatMap((row) => {
    const cells = cellsOf(row)
    const cell = (at: number | undefined): string | undefined => (at === undefined ? undefined : cells[at])
    return rpmOf({
      name: cells[0],
      epoch: cell(layout.epoch),
      version: cells[layout.version],
      release: cell(layout.release),
      arch: cell(layout.arch),
      source: cell(layout.source),
    })
  })
}

/** Name comes first in every known layout; what else there is shows in the cells. */
function layoutOf(rows: readonly string[]): Layout {
  const columns = columnsOf(rows)
  const found = (fits: (cell: string) => boolean, but: readonly number[], some: (cell: string) => boolean = () => true): number =>
    columns.findIndex((one, at) => at > 0 && !but.includes(at) && one.all(fits) && one.some(some))
  const arch = found((cell) => ARCHES.has(cell), [])
  const source = found((cell) => cell.endsWith('.src.rpm') || cell.endsWith('.nosrc.rpm') || cell === NONE, [arch])
  const epoch = found((cell) => /^\d{1,4}$/.test(cell) || cell === NONE, [arch, source])
  const version = found(
    (cell) => /^(?:(?:\d{1,9}|\(none\)):)?[\w.+~^-]{1,200}$/.test(cell),
    [arch, source, epoch],
    (cell) => /\D/.test(cell) && /\d/.test(cell),
  )
  if (columns.length < 2 || version === -1) throw new ParseError('expected name and version columns of rpm', rows[0]!)
  const isWhole = columns[version]!.all((cell) => cell.includes('-'))
  return {
    version,
    ...(!isWhole && columns[version + 1]?.all((cell) => /^[\w.+~^]{1,200}$/.test(cell)) && { release: version + 1 }),
    // A number behind the version is a release or a size.
    ...(epoch !== -1 && epoch < version && { epoch }),
    ...(arch !== -1 && { arch }),
    ...(source !== -1 && { source }),
  }
}

function fromJson(line: string): Package[] {
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
  if (typeof row !== 'object' || row === null) return []
  const text = Object.fromEntries(Object.entries(row).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  return rpmOf({ ...text, source: text['srpm'] })
}

/**
 * `kernel-3.10.0-327.el7.x86_64`, with other columns behind it or not: version and release have no hyphen, the name may. An epoch stands before
 * the version (NEVRA), or before the name, as yum has it.
 */
function fromName(line: string): Package[] {
  const [, epoch, word = ''] = /^(?:(\d{1,9}):)?(\S*)/.exec(line.trimStart()) ?? []
  const dot = word.lastIndexOf('.')
  const arch = ARCHES.has(word.slice(dot + 1)) ? word.slice(dot + 1) : undefined
  const whole = arch === undefined ? word : word.slice(0, dot)
  const release = whole.lastIndexOf('-')
  const version = whole.lastIndexOf('-', release - 1)
  if (version < 1) return []
  return rpmOf({ name: whole.slice(0, version), epoch, version: whole.slice(version + 1), arch })
}

type Said = { readonly [field in 'name' | 'epoch' | 'version' | 'release' | 'arch' | 'source']?: string | undefined }

function rpmOf({ name, epoch: told, version: whole, release, arch, source }: Said): Package[] {
  if (name === undefined || name === '') return []
  const [, prefix, version] = /^(\d{1,9}|\(none\)):(.*)$/.exec(whole ?? '') ?? [null, undefined, whole]
  const epoch = told ?? prefix
  return [
    {
      manager: 'rpm',
      name,
      version: wordOrNull(release === undefined ? version : `${version}-${release}`),
      // Imported keys are packages of no architecture.
      arch: arch === NONE ? 'none' : wordOrNull(arch),
      epoch: epoch === undefined ? null : /^\d{1,9}$/.test(epoch) ? Number(epoch) : 0,
      source: sourceName(source),
    },
  ]
}

/** `openssl` of `openssl-3.0.7-28.el9.src.rpm`. */
function sourceName(file: string | undefined): string | null {
  if (file === undefined || !file.endsWith('.rpm')) return null
  const release = file.lastIndexOf('-')
  const version = file.lastIndexOf('-', release - 1)
  return version < 1 ? null : file.slice(0, version)
}

const NONE = '(none)'

// From rpm's own rpmrc.
const ARCHES = new Set(
  `${NONE} noarch x86_64 x86_64_v2 x86_64_v3 x86_64_v4 amd64 ia32e i386 i486 i586 i686 athlon geode pentium3 pentium4 ia64 aarch64 arm64 armv5tel armv5tejl armv6l armv6hl armv7l armv7hl armv7hnl armv8l armv8hl ppc ppc64 ppc64p7 ppc64le s390 s390x alpha alphaev6 sparc sparcv9 sparc64 mips mipsel mips64 mips64el hppa m68k sh4 riscv64 loongarch64 e2k`.split(
    ' ',
  ),
)
