import { ParseError } from '../errors.ts'
import { cellsOf, columnsOf } from './columns.ts'
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

/** Layouts of `flatpak list` without header: ours first, then its default since 1.4, with several installations and with one. */
const LAYOUTS: readonly (readonly string[])[] = [
  ['application', 'branch', 'arch', 'installation', 'name', 'version'],
  ['application', 'branch', 'installation', 'name'],
  ['name', 'application', 'version', 'branch', 'origin', 'installation'],
  ['name', 'application', 'version', 'branch', 'installation'],
]

/** Applications and runtimes of `flatpak list`, tab-separated. */
export function readFlatpak(text: string): Flatpak[] {
  const rows = lines(text).filter((line) => line.includes('\t'))
  if (rows.length === 0) return []
  const columns = columnsOf(rows)
  const layout = LAYOUTS.find((one) => one.length === columns.length && columns[one.indexOf('application')]?.all(isApplication))
  if (layout === undefined) throw new ParseError('expected columns of flatpak list', rows[0]!)
  const flatpaks = new Map<string, Flatpak>()
  for (const row of rows) {
    const cells = cellsOf(row)
    const cell = (field: string): string | null => wordOrNull(cells[layout.indexOf(field)])
    const application = cell('application')
    if (application === null) continue
    const [branch, arch, installation] = [cell('branch'), cell('arch'), cell('installation')]
    const id = [application, branch, arch, installation].join(' ')
    flatpaks.set(id, { application, branch, arch, installation, name: cell('name'), version: cell('version') })
  }
  return [...flatpaks.values()]
}

/** A reversed domain name with at least two dots, as flatpak demands. */
function isApplication(cell: string): boolean {
  return cell.split('.', 3).length === 3 && /^[\w.-]{5,255}$/.test(cell)
}
