import type { Plugin, Probe } from './define.ts'

interface Field {
  readonly type?: string | readonly string[]
  readonly enum?: readonly (string | null)[]
  readonly description: string
  readonly source?: string
  readonly items?: { readonly type?: string; readonly properties?: Readonly<Record<string, Field>> }
}

/** The text of docs/plugins.md: every field and every probe, from the plugins themselves. */
export function describePlugins(plugins: readonly Plugin[], defaults: readonly string[]): string {
  const index = plugins.map(({ name, summary }) => `| [${name}](#${name}) | ${summary} | ${defaults.includes(name) ? 'yes' : 'no'} |`)
  const overview = `| plugin | says | by default |\n| --- | --- | --- |\n${index.join('\n')}`
  return `${[`# Plugins\n\n${INTRODUCTION}`, overview, ...plugins.map(describePlugin)].join('\n\n')}\n`
}

function describePlugin(plugin: Plugin): string {
  // Every schema is flat, with a description for each field: breaches.ts sees to it.
  const fields = Object.entries(plugin.schema.properties as Readonly<Record<string, Field>>)
  const lists = fields.filter(([, field]) => field.items?.properties !== undefined)
  const scalars = fields.filter(([, field]) => field.items?.properties === undefined)
  return [
    `## ${plugin.name}`,
    `${plugin.summary} Version ${plugin.version}.`,
    ...(scalars.length > 0 ? [fieldTable(plugin, scalars, '')] : []),
    ...lists.map(
      ([name, list]) =>
        `### ${plugin.name}: ${name}\n\n${list.description} ${keysText(plugin, name)}\n\n${fieldTable(plugin, Object.entries(list.items!.properties!), `${name}.`)}`,
    ),
    probesText(plugin),
  ].join('\n\n')
}

function fieldTable(plugin: Plugin, fields: readonly (readonly [string, Field])[], prefix: string): string {
  const rows = fields.map(([name, field]) => {
    const isVolatile = plugin.volatile.some((path) => path === prefix + name)
    return row([`\`${name}\`${isVolatile ? ' *volatile*' : ''}`, typeText(field), field.description, field.source ?? ''])
  })
  return `| field | type | meaning | source |\n| --- | --- | --- | --- |\n${rows.join('\n')}`
}

function keysText(plugin: Plugin, list: string): string {
  const keys = (plugin.keys as Readonly<Record<string, readonly (string | readonly string[])[]>>)[list] ?? []
  return `Identified by ${keys.map((key) => [key].flat().join(' + ')).join(', else ')}.`
}

function typeText({ type, enum: words, items }: Field): string {
  if (words !== undefined) return words.filter((word) => word !== null).join(', ')
  const kind = [type].flat().find((one) => one !== 'null')
  return kind === 'array' ? `set of ${items?.type ?? 'string'}s` : String(kind)
}

function probesText({ name, probes }: Plugin): string {
  const all = Object.entries(probes)
  const asked = all.filter(([, probe]) => !('recorded' in probe))
  const recorded = all.flatMap(([probe, one]) => ('recorded' in one ? [row([`\`${probe}\``, one.recorded])] : []))
  const scripts = asked.flatMap(([probe, one]) => ('sh' in one ? [`\`${probe}\`:\n\n\`\`\`sh\n${one.sh.trim()}\n\`\`\``] : []))
  const table = asked.map(([probe, one]) => row([`\`${probe}\``, commandText(one), limitsText(one)]))
  return [
    `### ${name}: probes`,
    `| probe | asks | limits |\n| --- | --- | --- |\n${table.join('\n')}`,
    ...scripts,
    ...(recorded.length > 0
      ? [`Read where a capture holds it, never asked of a host:\n\n| probe | what |\n| --- | --- |\n${recorded.join('\n')}`]
      : []),
  ].join('\n\n')
}

function commandText(probe: Probe): string {
  if ('file' in probe) return `file \`${probe.file}\``
  if ('files' in probe) return probe.files.map((glob) => `file \`${glob}\``).join('<br>')
  return 'exec' in probe ? `\`${probe.exec.join(' ')}\`` : 'sh, below'
}

function limitsText(probe: Probe): string {
  if ('recorded' in probe) return ''
  return [
    ...(probe.root === true ? ['root'] : []),
    ...('needs' in probe
      ? [
          `needs ${probe.needs
            .map((one) =>
              one
                .split('|')
                .map((form) => `\`${form}\``)
                .join(' or '),
            )
            .join(', ')}`,
        ]
      : []),
    ...(probe.timeoutSeconds === undefined ? [] : [`${probe.timeoutSeconds} s`]),
    ...(probe.okCodes === undefined ? [] : [`exit ${probe.okCodes.join(', ')} is fine`]),
  ].join('; ')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

const INTRODUCTION = `Generated from \`plugins/builtin/\` by \`npm run docs\`: change those.

Every field may be null, which means that the host could not tell; "none" is a fact and has a value of its own. *volatile* fields are of
the current state alone: shown, never in the history. All probes together are one POSIX sh text (\`rollcall script\` prints it), which
changes nothing on the host. A probe has 10 seconds where its limits do not say otherwise.`
