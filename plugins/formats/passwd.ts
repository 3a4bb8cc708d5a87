import { integerOrNull, lines } from './text.ts'

/** A line of passwd(5), without its password field. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly comment: string
  readonly home: string
  readonly shell: string
}

/** A line of group(5), without its password field. */
export interface Group {
  readonly name: string
  readonly gid: number
  /** Names of the accounts for whom this is a further group. */
  readonly members: readonly string[]
}

/** Accounts of /etc/passwd; of a name that is there twice the first, as the C library sees it. Lines of NIS (`+…`) are passed over. */
export function accounts(text: string): Account[] {
  return firstOfEach(
    lines(text).flatMap((line) => {
      const [name = '', , uid, gid, comment, home, shell] = line.split(':', 8)
      const [user, group] = [integerOrNull(uid), integerOrNull(gid)]
      if (!isName(name) || user === null || group === null || user < 0 || group < 0) return []
      return [{ name, uid: user, gid: group, comment: comment ?? '', home: home ?? '', shell: shell?.trim() ?? '' }]
    }),
  )
}

/** Groups of /etc/group; of a name that is there twice the first. */
export function groups(text: string): Group[] {
  return firstOfEach(
    lines(text).flatMap((line) => {
      const [name = '', , gid, members = ''] = line.split(':', 5)
      const number = integerOrNull(gid)
      if (!isName(name) || number === null || number < 0) return []
      const names = members.split(',').map((member) => member.trim())
      return [{ name, gid: number, members: names.filter((member) => member !== '') }]
    }),
  )
}

function firstOfEach<T extends { readonly name: string }>(items: readonly T[]): T[] {
  const byName = new Map<string, T>()
  for (const item of items) if (!byName.has(item.name)) byName.set(item.name, item)
  return [...byName.values()]
}

function isName(name: string): boolean {
  return name !== '' && !/^[#+-]/.test(name) && name.length <= 256
}
