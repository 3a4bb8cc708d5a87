import { addInventory } from './ansible-entries.ts'
import { emptyInventory, groupOf, hostsOf, type Inventory, type Vars, type VarsBeside } from './ansible-inventory.ts'
import { isConnectionVar } from './ansible-vars.ts'
import { hostList, type Draft, type HostList } from './draft.ts'
import type { Origin } from './errors.ts'
import { readYaml, type YamlNode } from './yaml-tree.ts'

/**
 * An Ansible inventory in YAML form, as `ansible-inventory --list --yaml` prints it too.
 *
 * @throws {HostListError}
 */
export function readAnsibleYaml(text: string, file: string, beside: VarsBeside): HostList {
  const root = readYaml(text, file)
  return hostList(file, (draft) => {
    const inventory = emptyInventory()
    if (root.is !== 'map') return draft.problem(root.origin, 'expected a mapping of groups')
    if (root.entries.has('plugin'))
      return draft.problem(
        root.origin,
        `an inventory plugin runs in Ansible alone: ansible-inventory -i ${file} --list --yaml | rollcall ssh --hosts -`,
      )
    if (root.entries.has('_meta')) return draft.problem(root.origin, 'this is the JSON form of ansible-inventory: give it --yaml too')
    for (const [name, { value }] of root.entries) addGroup(draft, inventory, name, value)
    addInventory(draft, inventory, beside, file)
  })
}

function addGroup(draft: Draft, inventory: Inventory, name: string, node: YamlNode): void {
  const group = groupOf(inventory, name)
  for (const [part, value, origin] of partsOf(draft, node)) {
    const inside = partsOf(draft, value)
    if (part === 'vars') fill(group.vars, value)
    else if (part === 'children')
      for (const [child, below] of inside) {
        group.children.add(child)
        addGroup(draft, inventory, child, below)
      }
    else if (part === 'hosts')
      for (const [pattern, vars, at] of inside)
        draft.add(at, () => {
          for (const host of hostsOf(inventory, name, pattern, at)) fill(host, vars)
          return []
        })
    else draft.problem(origin, `a group has hosts, vars and children, not ${JSON.stringify(part.slice(0, 80))}`)
  }
}

/** Keys and values of a mapping, with the lines of the keys; nothing of nothing. */
function partsOf(draft: Draft, node: YamlNode): [string, YamlNode, Origin][] {
  if (node.is === 'map') return [...node.entries].map(([name, { origin, value }]) => [name, value, origin])
  if (node.is === 'list' || node.text !== null)
    draft.problem(node.origin, 'expected a mapping: in Ansible each host and group is a key, with a colon')
  return []
}

/** The variables of a mapping that rollcall reads. */
export function fill(vars: Vars, node: YamlNode): void {
  if (node.is !== 'map') return
  for (const [name, { origin, value }] of node.entries)
    if (isConnectionVar(name) && value.is === 'text' && value.text !== null) vars.set(name, { text: value.text, origin })
}
