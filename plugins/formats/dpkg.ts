import { ParseError } from '../errors.ts'
import { cellsOf, columnsOf } from './columns.ts'
import { epochOf, wordOrNull, type Package } from './package.ts'
import { lines } from './text.ts'

interface Layout {
  readonly status?: number
  readonly name: number
  readonly version: number
  readonly arch?: number
  readonly source?: number
}

/** `dpkg-query -W` with the format that our script asks for. */
const OURS: Layout = { status: 0, name: 1, version: 2, arch: 3, source: 4 }

/**
 * Tab-separated rows of `dpkg-query -W -f …`: our own columns, or others as far as their cells tell which is which. Records of its database
 * where a host has no dpkg-query.
 */
export function readDpkgQuery(text: string): Package[] {
  if (text.startsWith('Package: ')) return readDpkgStatus(text)
  const rows = lines(text)
  if (rows.length === 0) return []
  const layout = isOurs(rows[0]!) ? OURS : guessLayout(rows)
  return rows.flatMap((row) => {
    const cells = cellsOf(row)
    if (layout.status !== undefined && !isInstalled(cells[layout.status] || 'installed')) return []
    const [name, version] = [cells[layout.name], cells[layout.version]]
    // dpkg-query -W lists what others recommend or replace too; only these have no version.
    if (layout.status === undefined && !version) return []
    return debOf({ name, version, arch: cells[layout.arch ?? -1], source: cells[layout.source ?? -1] })
  })
}

/** `dpkg -l`. Names and versions are cut where its columns were narrow. */
export function readDpkgList(text: string): Package[] {
  const rows = lines(text)
  const header = rows.find((line) => line.startsWith('||/'))
  if (header === undefined) throw new ParseError('expected the header of dpkg -l', rows[0] ?? '')
  // dpkg of Debian 6 has no column Architecture.
  const hasArch = header.includes('Architecture')
  return rows.flatMap((line) => {
    if (!/^[uihrp][nicuFHWt][ R] /i.test(line)) return []
    const [status, name, version, arch] = line.split(/ {1,400}/, 4)
    return isInstalled(status!.slice(0, 2)) ? debOf({ name, version, arch: hasArch ? arch : undefined }) : []
  })
}

/** Records of `/var/lib/dpkg/status`, or of a repository's index, which has no Status. */
export function readDpkgStatus(text: string): Package[] {
  const packages: Package[] = []
  let fields: Record<string, string> = {}
  const close = (): void => {
    if (fields['Package'] !== undefined && isInstalled(fields['Status'] ?? 'installed')) {
      const { Package: name, Version: version, Architecture: arch, Source: source } = fields
      packages.push(...debOf({ name, version, arch, source: source?.split(' ', 1)[0] ?? name }))
    }
    fields = {}
  }
  for (const line of text.split('\n')) {
    if (line.trim() === '') close()
    const at = line.indexOf(':')
    if (at < 1 || line.startsWith(' ') || !WANTED.has(line.slice(0, at))) continue
    // grep takes the empty lines between records away.
    if (line.startsWith('Package:') && fields['Package'] !== undefined) close()
    fields[line.slice(0, at)] = line.slice(at + 1).trim()
  }
  close()
  return packages
}

const WANTED = new Set(['Package', 'Status', 'Version', 'Architecture', 'Source'])

/**
 * Whether the package's files are on the disk: `installed`, `install ok installed` or `ii`. Unpacked and half-configured ones are: every
 * upgrade passes through these states, and a collection at that moment must not see a removal. `config-files` (rc) are not.
 */
function isInstalled(status: string): boolean {
  const word = status.trim().split(' ').at(-1)!
  return word.length <= 3 ? /^.[iUFWt]/.test(word) : INSTALLED.has(word)
}

const INSTALLED = new Set(['installed', 'triggers-pending', 'triggers-awaited', 'unpacked', 'half-configured'])
const STATES = new Set([...INSTALLED, 'config-files', 'half-installed', 'not-installed'])

// Ports of Debian and Ubuntu, past ones too.
const ARCHES = new Set(
  'all amd64 i386 x32 arm64 arm armel armhf mips mipsel mips64 mips64el powerpc ppc64 ppc64el riscv64 s390 s390x sparc sparc64 alpha hppa ia64 m68k sh4 loong64 hurd-i386 hurd-amd64 kfreebsd-i386 kfreebsd-amd64'.split(
    ' ',
  ),
)

function isOurs(row: string): boolean {
  return /^\w{1,12} (?:ok|reinstreq) [a-z-]{1,20}\t/.test(row) && cellsOf(row).length === 5
}

function guessLayout(rows: readonly string[]): Layout {
  const columns = columnsOf(rows)
  const status = columns.findIndex((one) => one.all((cell) => STATES.has(cell.split(' ').at(-1)!) || /^[uihrp][nicUFHWt]R?$/.test(cell)))
  const name = columns.findIndex((one, at) => at !== status && one.all((cell) => /^[\w.+-]{1,200}(?::[\w-]{1,40})?$/.test(cell)))
  const arch = columns.findIndex((one, at) => at !== status && at !== name && one.all((cell) => ARCHES.has(cell)))
  const version = columns.findIndex(
    (one, at) =>
      ![status, name, arch].includes(at) &&
      one.all((cell) => /^[\w.+~:-]{1,200}$/.test(cell)) &&
      // A column of sizes is digits alone.
      one.some((cell) => /^\d.*\D/.test(cell)),
  )
  if (name === -1 || version === -1) throw new ParseError('expected name and version columns of dpkg-query', rows[0]!)
  return { name, version, ...(status !== -1 && { status }), ...(arch !== -1 && { arch }) }
}

type Said = { readonly [field in 'name' | 'version' | 'arch' | 'source']?: string | undefined }

function debOf({ name, version, arch, source }: Said): Package[] {
  const [bare = '', qualifier] = (name ?? '').split(':', 2)
  if (bare === '') return []
  return [
    {
      manager: 'deb',
      name: bare,
      version: wordOrNull(version),
      arch: wordOrNull(arch) ?? wordOrNull(qualifier),
      epoch: version === undefined ? null : epochOf(version),
      source: wordOrNull(source),
    },
  ]
}
