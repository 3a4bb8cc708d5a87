import { ParseError } from '../errors.ts'
import { cellsOf, columnsOf, type Column } from './columns.ts'
import { wordOrNull } from './package.ts'
import { lines } from './text.ts'

export interface Flatpak {
  readonly application: string
  readonly branch: string | null
  readonly arch: string | null
  readonly installation: string | null
  readonly name: string | null
  readonly version: string | null
}

/** Which column holds what; -1 for what no column holds. */
type Layout = Readonly<Record<keyof Flatpak | 'ref', number>>

/** Layouts of `flatpak list` without header: ours first, then its default since 1.4, with several installations and with one. */
const LAYOUTS: readonly (readonly string[])[] = [
  ['application', 'branch', 'arch', 'installation', 'name', 'version'],
  ['application', 'branch', 'installation', 'name'],
  ['name', 'application', 'version', 'branch', 'origin', 'installation'],
  ['name', 'application', 'version', 'branch', 'installation'],
]

/** `flatpak list --show-details`, `--columns=all`; older ones have no runtime. */
const ALL = 'name description application version branch arch runtime origin installation ref active latest size options'.split(' ')

/** Applications and runtimes of `flatpak list`: tab-separated in any columns that name the application, or the table of versions before 1.2. */
export function readFlatpak(text: string): Flatpak[] {
  const said = lines(text).filter((line) => !/^Ref\s+Options\b/.test(line))
  const rows = said.filter((line) => line.includes('\t'))
  if (said.length === 0) return []
  const old = rows.length > 0 ? [] : said.flatMap(fromOldRow)
  const found = old.length > 0 ? old : fromColumns(rows.length > 0 ? rows : said)
  const flatpaks = new Map(found.map((one) => [[one.application, one.branch, one.arch, one.installation].join(' '), one]))
  return [...flatpaks.values()]
}

function fromColumns(rows: readonly string[]): Flatpak[] {
  const layout = layoutOf(rows)
  return rows.flatMap((row) => {
    const cells = cellsOf(row)
    const cell = (field: keyof Layout): string | null => wordOrNull(cells[layout[field]])
    const [application, arch, branch] = (cell('ref') ?? '').split('/', 3)
    const one = {
      application: cell('application') ?? wordOrNull(application),
      branch: cell('branch') ?? wordOrNull(branch),
      arch: cell('arch') ?? wordOrNull(arch),
      installation: cell('installation'),
      name: cell('name'),
      version: cell('version'),
    }
    return one.application === null ? [] : [{ ...one, application: one.application }]
  })
}

function layoutOf(rows: readonly string[]): Layout {
  const columns = columnsOf(rows)
  const known = [...LAYOUTS, ALL, ALL.filter((field) => field !== 'runtime')].find(
    (one) => one.length === columns.length && one.every((field, index) => MARKS[field]?.(columns[index]!) ?? true),
  )
  const at = (field: string): number => (known === undefined ? columns.findIndex((one) => MARKS[field]!(one)) : known.indexOf(field))
  const application = at('application')
  const layout = {
    application,
    // A column of runtimes has the form of one of refs.
    ref: columns.findIndex((_, ref) => rows.every((row) => isRef(cellsOf(row)[ref] ?? '', cellsOf(row)[application]))),
    arch: at('arch'),
    // A branch of any name is one only where the layout is known.
    branch: known === undefined ? columns.findIndex((one) => isBranch(one) && one.some((cell) => USUAL_BRANCHES.has(cell))) : at('branch'),
    installation: at('installation'),
    // Nothing in their cells shows which is the one and which the other.
    name: known?.indexOf('name') ?? -1,
    version: known?.indexOf('version') ?? -1,
  }
  if (application === -1 && layout.ref === -1) throw new ParseError('expected columns of flatpak list', rows[0]!)
  return layout
}

/** What shows in the cells of a column. */
const MARKS: Readonly<Record<string, (column: Column) => boolean>> = {
  application: (column) => column.all(isApplication),
  arch: (column) => column.all((cell) => ARCHES.has(cell)),
  branch: isBranch,
  // There may be configured ones beside.
  installation: (column) => column.all((cell) => /^[\w-]{1,40}$/.test(cell)) && column.some((cell) => cell === 'system' || cell === 'user'),
}

function isBranch(column: Column): boolean {
  return column.all((cell) => /^[\w.-]{1,100}$/.test(cell))
}

const USUAL_BRANCHES = new Set(['stable', 'beta', 'master'])

/** `org.gnome.Maps/x86_64/stable   system,current`, below a heading "Ref  Options". */
function fromOldRow(line: string): Flatpak[] {
  const [, ref = '', words] = /^\s*(\S{1,300})(?:\s+(.{0,100}))?/.exec(line) ?? []
  if (!isRef(ref)) return []
  const [application = '', arch = '', branch = ''] = ref.split('/', 3)
  // "system (extra)" is a configured one.
  const [, place, configured] = /^(system|user)\b(?: \(([\w-]{1,40})\))?/.exec(words ?? '') ?? []
  return [{ application, branch, arch, installation: configured ?? place ?? null, name: null, version: null }]
}

/** A reversed domain name with at least two dots, as flatpak demands. */
function isApplication(cell: string): boolean {
  return cell.split('.', 3).length === 3 && /^[\w.-]{5,255}$/.test(cell)
}

/** `org.gnome.Maps/x86_64/stable`, of the application where it is told. */
function isRef(cell: string, application?: string): boolean {
  const [name = '', arch = '', branch, more] = cell.split('/', 4)
  return isApplication(name) && ARCHES.has(arch) && branch !== undefined && more === undefined && (application ?? name) === name
}

// What flatpak calls them.
const ARCHES = new Set([
  'x86_64',
  'i386',
  'aarch64',
  'arm',
  'armeb',
  'mips',
  'mipsel',
  'mips64',
  'mips64el',
  'ppc64',
  'ppc64le',
  'riscv64',
  's390x',
  'loongarch64',
])
