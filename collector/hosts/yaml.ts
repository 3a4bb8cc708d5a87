import { nearest } from '../../conf/nearest.ts'
import { hostList, type Draft, type HostList } from './draft.ts'
import { entriesOf, FIELDS, type HostFields } from './entry.ts'
import { plainFields } from './plain.ts'
import { plainText, readYaml, type YamlMap, type YamlNode } from './yaml-tree.ts'

/** What a group, or all hosts, can have in common. */
const SHARED = ['port', 'user', 'key', 'become', 'jump'] as const

/**
 * rollcall's own YAML: `defaults`, `hosts`, and `groups` of the same two. A host is a plain line or a mapping; what it says goes before its
 * group, and the group before the defaults of all.
 *
 * @throws {HostListError}
 */
export function readYamlList(text: string, file: string): HostList {
  const root = readYaml(text, file)
  return hostList(file, (draft) => {
    const top = mapOf(draft, root, ['defaults', 'hosts', 'groups'])
    if (top === null) return
    const defaults = settingsOf(draft, top.entries.get('defaults')?.value)
    addHosts(draft, top.entries.get('hosts')?.value, defaults)
    const groups = top.entries.get('groups')?.value
    for (const { value } of (groups === undefined ? null : mapOf(draft, groups, null))?.entries.values() ?? []) {
      const group = mapOf(draft, value, ['defaults', 'hosts'])
      if (group === null) continue
      addHosts(draft, group.entries.get('hosts')?.value, { ...defaults, ...settingsOf(draft, group.entries.get('defaults')?.value) })
    }
  })
}

function addHosts(draft: Draft, hosts: YamlNode | undefined, shared: HostFields): void {
  if (hosts === undefined || isNothing(hosts)) return
  if (hosts.is !== 'list') return draft.problem(hosts.origin, 'hosts must be a list: "- web-01", or "- address: web-01" with more below it')
  for (const host of hosts.items) {
    if (host.is === 'map') {
      const own = fieldsOf(draft, host, FIELDS)
      draft.add(host.origin, () => entriesOf(own, host.origin, { shared }))
    } else if (host.is === 'text' && host.text !== null) {
      const line = host.text
      draft.add(host.origin, () => entriesOf(plainFields(line) ?? {}, host.origin, { shared }))
    } else draft.problem(host.origin, 'a host is a text or a mapping')
  }
}

function settingsOf(draft: Draft, node: YamlNode | undefined): HostFields {
  if (node === undefined || isNothing(node)) return {}
  const map = mapOf(draft, node, null)
  return map === null ? {} : fieldsOf(draft, map, SHARED)
}

function fieldsOf(draft: Draft, map: YamlMap, known: readonly string[]): HostFields {
  mapOf(draft, map, known)
  const fields: Record<string, string> = {}
  for (const [name, { origin, value }] of map.entries) {
    const text = name === 'jump' && value.is === 'list' ? value.items.map((hop) => plainText(hop) ?? '').join(',') : plainText(value)
    if (text !== null) fields[name] = text
    else if (!isNothing(value)) draft.problem(origin, `${name} must be a text`)
  }
  return fields
}

/** The mapping, if it is one; keys that nobody knows are problems. */
function mapOf(draft: Draft, node: YamlNode, known: readonly string[] | null): YamlMap | null {
  if (node.is !== 'map') {
    if (!isNothing(node)) draft.problem(node.origin, `expected a mapping${known === null ? '' : ` of ${known.join(', ')}`}`)
    return null
  }
  for (const [name, { origin }] of node.entries) {
    if (known === null || known.includes(name)) continue
    const near = nearest(name, known)
    draft.problem(
      origin,
      `there is no ${JSON.stringify(name.slice(0, 80))} here, only ${known.join(', ')}${near === null ? '' : `; did you mean ${near}?`}`,
    )
  }
  return node
}

function isNothing(node: YamlNode): boolean {
  return node.is === 'text' && node.text === null
}
