import { extname } from 'node:path'
import { separatorOf } from './csv.ts'
import { FIELDS } from './entry.ts'

export type ListFormat = 'plain' | 'csv' | 'yaml' | 'ansible-yaml' | 'ansible-ini'

/** The format of a list: by the ending of its file, else (no ending, .txt, standard input) by what stands in it. */
export function formatOf(file: string, text: string): ListFormat {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^\s*[#;]/.test(line))
  switch (extname(file).toLowerCase()) {
    case '.yaml':
    case '.yml':
    case '.json':
      return yamlFormat(lines)
    case '.csv':
    case '.tsv':
      return 'csv'
    case '.ini':
      return 'ansible-ini'
  }
  const [first = ''] = lines
  // Sections before all else: a group may hold hosts that look like anything. An IPv6 address in brackets is no section.
  if (lines.some((line) => /^\[[A-Za-z_][\w.-]{0,200}(?::(?:hosts|vars|children))?\]\s*(?:[#;].*)?$/.test(line))) return 'ansible-ini'
  if (/^(?:---|%YAML|[{]|- )|^[\w.-]{1,200}:(?:\s|$)/.test(first)) return yamlFormat(lines)
  if (lines.some((line) => /\sansible_[a-z_]{1,40}=/.test(line))) return 'ansible-ini'
  const titles = first.split(separatorOf(first)).map((title) => title.replaceAll('"', '').trim().toLowerCase())
  return titles.length > 1 && titles.some((title) => FIELDS.some((field) => field === title)) ? 'csv' : 'plain'
}

/** At the top of rollcall's own YAML stand hosts, groups and defaults; an Ansible inventory has its groups there. */
function yamlFormat(lines: readonly string[]): 'yaml' | 'ansible-yaml' {
  if (lines[0]?.startsWith('{') === true)
    return /^\{\s*"?(?:hosts|groups|defaults)\b/.test(lines.join('\n').slice(0, 200)) ? 'yaml' : 'ansible-yaml'
  const top = lines.map((line) => /^["']?([\w.-]{1,200})["']?\s*:/.exec(line)?.[1]).find((key) => key !== undefined)
  return top === undefined || ['hosts', 'groups', 'defaults'].includes(top) ? 'yaml' : 'ansible-yaml'
}
