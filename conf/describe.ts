import { DEFAULTS } from './defaults.ts'
import { variableOf } from './environment.ts'
import { SEARCH_PLACES } from './file.ts'
import { tree } from './schema.ts'
import { settingsOf, typesOf, valueAt, type Node } from './tree.ts'

/** The text of docs/settings.md: every setting from schema and defaults. */
export function describeSettings(): string {
  const parts = [`# Settings\n\n${INTRODUCTION}`]
  const single = settingsOf(tree).filter(({ path }) => path.length === 1)
  parts.push(section('Top level', 'Settings without a group.', single))
  for (const [name, node] of Object.entries(tree.properties ?? {})) {
    if (node.properties !== undefined) parts.push(section(`\`${name}\``, node.description ?? '', settingsOf(node, [name])))
  }
  return `${parts.join('\n\n')}\n`
}

function section(title: string, about: string, settings: ReturnType<typeof settingsOf>): string {
  const rows = settings.map(({ path, node }) => {
    const fallback = valueAt(DEFAULTS, path)
    const cells = [
      `\`${path.join('.')}\`<br>\`${variableOf(path)}\``,
      typeText(node),
      fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``,
      node.description ?? '',
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  return `## ${title}\n\n${about}\n\n| setting, variable | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}`
}

function typeText(node: Node): string {
  if (node.enum !== undefined) return node.enum.map((word) => `\`${JSON.stringify(word)}\``).join(' or ')
  return typesOf(node).join(' or ') + (node.secret === 'value' ? ', secret' : '')
}

const INTRODUCTION = `Generated from \`conf/schema.ts\` and \`conf/defaults.ts\`: change those.

\`\`\`ts
// rollcall.config.ts
import { defineConfig } from 'rollcall'

export default defineConfig({
  api: { url: 'https://cmdb.example:8700', token: 'env:ROLLCALL_TOKEN' },
  plugins: ['...', 'raid', './rack.ts'],
})
\`\`\`

Layers, weakest first: defaults; the system file in \`/etc/rollcall\`; the project file in the working folder (or the one that
\`--config\` names); \`ROLLCALL_*\` variables; the command line. Groups are merged, lists and single values replace. \`rollcall config\`
prints every value in force and the layer it came from.

Names of a settings file: ${SEARCH_PLACES.map((name) => `\`${name}\``).join(', ')}. A folder holds one of them. It is
trusted like a program: the file and its folder must belong to the user who runs rollcall, or to root, and be writable by nobody else.

Secrets are references: \`env:NAME\`, \`file:/path\`, or \`credential:NAME\` (systemd \`LoadCredential=\`). A secret in plain is refused; only
in the variable of the setting itself, such as \`ROLLCALL_API__TOKEN\`, may it stand. Paths are relative to the file that names
them; \`~/\` is the user's home. In a variable, a list is comma-separated or JSON, and an object is JSON.

\`ROLLCALL_DATA\` is the data folder: else \`/var/lib/rollcall\` for root, \`$XDG_STATE_HOME/rollcall\` (\`~/.local/state/rollcall\`) for
others. \`ROLLCALL_PORT\` is the short name of \`ROLLCALL_SERVER__PORT\`.`
