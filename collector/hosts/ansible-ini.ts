import { addInventory } from './ansible-entries.ts'
import { emptyInventory, groupOf, hostsOf, type Inventory, type Vars, type VarsBeside } from './ansible-inventory.ts'
import { isConnectionVar } from './ansible-vars.ts'
import { hostList, type HostList } from './draft.ts'
import { EntryError, type Origin } from './errors.ts'
import { wordsOf } from './words.ts'

/** `[web]`, `[web:vars]`, `[web:children]`; a comment may follow. */
const SECTION = /^\[([^\s:\]]{1,200})(?::(hosts|vars|children))?\]\s*(?:[#;].*)?$/

/**
 * An Ansible inventory in INI form.
 *
 * @throws {HostListError}
 */
export function readAnsibleIni(text: string, file: string, beside: VarsBeside): HostList {
  return hostList(file, (draft) => {
    const inventory = emptyInventory()
    const children: { readonly group: string; readonly origin: Origin }[] = []
    let group = 'ungrouped'
    let kind = 'hosts'
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
      const line = raw.trim()
      const origin = { file, line: index + 1 }
      if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
      draft.add(origin, () => {
        const section = SECTION.exec(line)
        if (section !== null) {
          ;[, group = '', kind = 'hosts'] = section
          // Only a section of the group's own makes it exist.
          if (kind !== 'vars') groupOf(inventory, group)
        } else if (kind === 'hosts') addHosts(inventory, group, line, origin)
        else if (kind === 'vars') setVar(groupOf(inventory, group).vars, line, origin)
        else {
          const [child = '', ...more] = wordsOf(line)
          if (more.length > 0 || child === '') throw new EntryError('expected one group a line')
          groupOf(inventory, group).children.add(child)
          children.push({ group: child, origin })
        }
        return []
      })
    }
    const unknown = children.filter((child) => !inventory.groups.has(child.group))
    for (const child of unknown) draft.problem(child.origin, `there is no group ${JSON.stringify(child.group.slice(0, 80))}`)
    if (unknown.length === 0) addInventory(draft, inventory, beside, file)
  })
}

function addHosts(inventory: Inventory, group: string, line: string, origin: Origin): void {
  const [pattern = '', ...settings] = wordsOf(line)
  if (pattern.startsWith('[') && pattern.endsWith(']')) throw new EntryError(`${pattern.slice(0, 80)} is no section`)
  const own: Vars = new Map()
  for (const setting of settings) setVar(own, setting, origin)
  for (const vars of hostsOf(inventory, group, pattern, origin)) for (const [name, value] of own) vars.set(name, value)
}

function setVar(vars: Vars, assignment: string, origin: Origin): void {
  const at = assignment.indexOf('=')
  if (at < 1) throw new EntryError(`expected name=value, found ${JSON.stringify(assignment.slice(0, 80))}`)
  const name = assignment.slice(0, at).trim()
  if (isConnectionVar(name)) vars.set(name, { text: unquoted(assignment.slice(at + 1).trim()), origin })
}

/** A value in a vars section is a Python literal: quotes around it are not part of it. */
function unquoted(value: string): string {
  const [, inside] = /^(?:"([^"]*)"|'([^']*)')$/.exec(value)?.filter((part) => part !== undefined) ?? []
  return inside ?? value
}
