import { jumpOf } from './address.ts'
import type { Vars } from './ansible-inventory.ts'
import { EntryError } from './errors.ts'
import { wordsOf } from './words.ts'

/** Ansible's variables that say how a host is reached, newest name first. */
const NAMES = {
  address: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  key: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  become: ['ansible_become'],
  becomeMethod: ['ansible_become_method'],
  becomeUser: ['ansible_become_user'],
  connection: ['ansible_connection'],
  arguments: ['ansible_ssh_common_args'],
  moreArguments: ['ansible_ssh_extra_args'],
  password: ['ansible_password', 'ansible_ssh_pass', 'ansible_become_password', 'ansible_become_pass'],
} as const

const KNOWN: ReadonlySet<string> = new Set(Object.values(NAMES).flat())

/** Whether a variable is one of those that rollcall reads; inventories hold many others. */
export function isConnectionVar(name: string): boolean {
  return KNOWN.has(name)
}

/** The variable that is set, by any of its names. */
export function varOf(vars: Vars, what: keyof typeof NAMES) {
  const name = NAMES[what].find((one) => vars.has(one))
  return name === undefined ? null : { name, ...vars.get(name)! }
}

/**
 * The text of a variable. Of templates only the host's own name is filled in: rollcall runs no Jinja.
 *
 * @throws {EntryError}
 */
export function filled(vars: Vars, what: keyof typeof NAMES, host: string): string | null {
  const found = varOf(vars, what)
  if (found === null) return null
  const text = found.text
    .replaceAll(/\{\{ {0,4}inventory_hostname {0,4}\}\}/g, host)
    .replaceAll(/\{\{ {0,4}inventory_hostname_short {0,4}\}\}/g, host.split('.', 1)[0]!)
  if (text.includes('{{') || text.includes('{%')) throw new EntryError(`${found.name} of ${host} is a template: write its value here`)
  return text
}

/** The gateways in arguments of ssh(1), `-J host` or `-o ProxyJump=host`; whatever else stands there is `rest`. */
export function jumpIn(text: string): { readonly jump: string | null; readonly rest: string | null } {
  const words = wordsOf(text)
  let jump: string | null = null
  const rest: string[] = []
  for (let at = 0; at < words.length; at++) {
    const [, flag = '', glued = ''] = /^-([Jo])(.*)$/s.exec(words[at]!) ?? []
    const value = flag !== '' && glued === '' ? (words[++at] ?? '') : glued
    const given = flag === 'J' ? value : /^proxyjump\s*[= ]\s*(.*)$/is.exec(value)?.[1]
    if (flag !== '' && given !== undefined) jump ??= given
    else rest.push(flag === '' ? words[at]! : `-${flag} ${value}`)
  }
  if (jump !== null) jumpOf(jump)
  return { jump, rest: rest.length === 0 ? null : rest.join(' ') }
}
