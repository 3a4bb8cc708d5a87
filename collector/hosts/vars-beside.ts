import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../write-file.ts'
import type { Vars, VarsBeside } from './ansible-inventory.ts'
import { fill } from './ansible-yaml.ts'
import { HostListError } from './errors.ts'
import { readYaml } from './yaml-tree.ts'

const ENDINGS = ['', '.yml', '.yaml', '.json']

/** The variables in `group_vars` and `host_vars` of the folder in which an inventory lies. A file that ansible-vault has locked is passed over. */
export function varsBeside(folder: string): VarsBeside {
  const groups = filesIn(join(folder, 'group_vars'))
  const hosts = filesIn(join(folder, 'host_vars'))
  return { group: (name) => varsIn(groups, name), host: (name) => varsIn(hosts, name) }
}

function varsIn(files: ReadonlyMap<string, string>, name: string): Vars {
  const vars: Vars = new Map()
  for (const path of ENDINGS.map((ending) => files.get(name + ending)))
    if (path !== undefined) for (const file of flat(path)) readInto(vars, file)
  return vars
}

function readInto(vars: Vars, file: string): void {
  const text = readFileSync(file, 'utf8')
  if (!text.startsWith('$ANSIBLE_VAULT')) fill(vars, readYaml(text, file))
}

/** Paths by name; none where there is no such folder. */
function filesIn(folder: string): ReadonlyMap<string, string> {
  try {
    return new Map(readdirSync(folder).map((name) => [name, join(folder, name)]))
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return new Map()
    throw new HostListError([{ origin: { file: folder, line: 1 }, message: `cannot be read (${codeOf(cause)})` }], { cause })
  }
}

/** A file, or the YAML files of a folder by name, as Ansible takes both. */
function flat(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => !name.startsWith('.') && ENDINGS.some((ending) => ending !== '' && name.endsWith(ending)))
    .toSorted()
    .map((name) => join(path, name))
}
