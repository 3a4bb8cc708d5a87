import { need } from '../../plugins/answer.ts'
import { definePlugin, type Plugin, type Probe } from '../../plugins/define.ts'
import { list, name, section, text, textSet } from '../../plugins/fields.ts'

/** A plugin of one field, whose probe is what a test needs it to be. */
export function pluginOf(own: string, probe: Probe): Plugin {
  return definePlugin({
    name: own,
    version: 1,
    summary: 'The text of one probe.',
    probes: { [own]: probe },
    schema: section({ text: text('What the probe said.', own) }),
    keys: {},
    volatile: [],
    parse: (answers) => ({ text: need(answers[own]!) }),
  })
}

/** Packages as `name version repo` lines, and where they come from. */
export const packages = definePlugin({
  name: 'packages',
  version: 2,
  summary: 'Packages as lines.',
  probes: { packages: { recorded: 'name version state' } },
  schema: section({
    owner: text('First owner.', 'packages'),
    origins: textSet('Where they come from.', 'packages'),
    packages: list('Packages.', {
      name: name('Name.', 'packages'),
      version: text('Version.', 'packages'),
      state: text('Current state.', 'packages'),
    }),
  }),
  keys: { packages: ['name'] },
  volatile: ['packages.state'],
  parse: (answers) => {
    const rows = need(answers.packages)
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
    return {
      owner: 'root',
      origins: ['acme-main', 'debian'],
      packages: rows.map(([own, version, state]) => ({ name: own!, version: version ?? null, state: state ?? null })),
    }
  },
})
