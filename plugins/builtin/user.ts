import { need, textOf } from '../answer.ts'
import { definePlugin } from '../define.ts'
import { ParseError } from '../errors.ts'
import { flag, integer, list, name, section, text, textSet } from '../fields.ts'
import { accounts, groups, type Account, type Group } from '../formats/passwd.ts'

export default definePlugin({
  name: 'user',
  version: 1,
  summary: 'Local accounts and groups, without anything secret.',
  probes: {
    // The files, not getent: that asks LDAP or SSSD, which may hang and lists a company.
    'etc-passwd': { file: '/etc/passwd' },
    'etc-group': { file: '/etc/group' },
  },
  schema: section({
    users: list('Local accounts.', {
      name: name('Login name.', '/etc/passwd'),
      uid: integer('User id.', '/etc/passwd'),
      gid: integer('Id of the primary group.', '/etc/passwd'),
      comment: text('Full name or purpose (GECOS); empty where there is none.', '/etc/passwd'),
      home: text('Home folder.', '/etc/passwd'),
      shell: text('Login shell; empty means /bin/sh.', '/etc/passwd'),
      mayLogin: flag('Whether the shell lets anybody in: false of nologin, false and the like.', '/etc/passwd'),
      groups: textSet('Names of the primary and further groups that are local.', '/etc/group'),
    }),
    groups: list('Local groups.', {
      name: name('Name of the group.', '/etc/group'),
      gid: integer('Group id.', '/etc/group'),
      members: textSet('Accounts for whom it is a further group; they need not be local.', '/etc/group'),
    }),
  }),
  keys: { users: ['name'], groups: ['name'] },
  volatile: [],

  parse(answers) {
    const users = accounts(need(answers['etc-passwd']))
    // Without root in it no C library would start a login: this is another file.
    if (users.length === 0) throw new ParseError('expected accounts', need(answers['etc-passwd']))
    const groupText = textOf(answers['etc-group'])
    const all = groupText === null ? null : groups(groupText)
    const groupsOf = all && membership(all)
    return {
      users: users.map((user) => ({
        name: user.name,
        uid: user.uid,
        gid: user.gid,
        comment: user.comment,
        home: user.home,
        shell: user.shell,
        mayLogin: !/\/(?:nologin|false|sync|shutdown|halt)$/.test(user.shell),
        groups: groupsOf && groupsOf(user),
      })),
      groups: all?.map((group) => ({ ...group, members: [...new Set(group.members)] })) ?? null,
    }
  },
})

function membership(all: readonly Group[]): (user: Account) => string[] {
  const primary = Map.groupBy(all, ({ gid }) => gid)
  const further = new Map<string, string[]>()
  for (const { name: group, members } of all) {
    for (const member of members) {
      const known = further.get(member)
      if (known === undefined) further.set(member, [group])
      else known.push(group)
    }
  }
  return ({ name: user, gid }) => [...new Set([...(primary.get(gid) ?? []).map((group) => group.name), ...(further.get(user) ?? [])])]
}
