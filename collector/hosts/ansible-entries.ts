import { isIP } from 'node:net'
import { settledVars, type Inventory, type Vars, type VarsBeside } from './ansible-inventory.ts'
import { filled, jumpIn, varOf } from './ansible-vars.ts'
import type { Draft } from './draft.ts'
import { entriesOf, type HostEntry } from './entry.ts'
import type { Origin } from './errors.ts'

/** Connections that log in by SSH. */
const OVER_SSH = /^(?:smart|(?:ansible\.builtin\.)?(?:ssh|paramiko(?:_ssh)?)|(?:ansible\.netcommon\.)?libssh)$/

/** Adds the hosts of an inventory to a list, in its order. */
export function addInventory(draft: Draft, inventory: Inventory, beside: VarsBeside, file: string): void {
  const settled = settledVars(inventory, beside, file)
  for (const [host, { origin }] of inventory.hosts) {
    const vars = settled.get(host)!
    const connection = varOf(vars, 'connection')
    if (connection !== null && !OVER_SSH.test(connection.text))
      draft.note(origin, `${host} is passed over: its connection is ${connection.text.slice(0, 80)}, not ssh`)
    else draft.add(origin, () => [entryOf(draft, host, vars, origin)])
  }
}

function entryOf(draft: Draft, host: string, vars: Vars, origin: Origin): HostEntry {
  const password = varOf(vars, 'password')
  if (password !== null) draft.note(password.origin, `${password.name} is not read: name passwords by reference in the settings`)
  const common = jumpIn(filled(vars, 'arguments', host) ?? '')
  const extra = jumpIn(filled(vars, 'moreArguments', host) ?? '')
  for (const [what, { rest }] of [
    ['arguments', common],
    ['moreArguments', extra],
  ] as const)
    if (rest !== null)
      draft.note(varOf(vars, what)!.origin, `${rest} is not passed on: put it into ~/.ssh/config, and set ssh.client to 'openssh'`)
  const address = filled(vars, 'address', host)
  const [entry] = entriesOf(
    {
      address: bracketed(address ?? host),
      // A name that is an address names nothing.
      name: isIP(host) === 0 ? host : null,
      port: filled(vars, 'port', host),
      user: filled(vars, 'user', host),
      key: filled(vars, 'key', host),
      become: becomeIn(draft, vars, host),
      jump: extra.jump ?? common.jump,
    },
    origin,
    { style: ':' },
  )
  return entry!
}

function becomeIn(draft: Draft, vars: Vars, host: string): string | null {
  const become = filled(vars, 'become', host)
  const method = varOf(vars, 'becomeMethod')
  const user = varOf(vars, 'becomeUser')
  const isOn = become !== null && /^(?:true|yes|on|1)$/i.test(become)
  if (!isOn) return become
  if (method !== null && !/^(?:ansible\.builtin\.)?sudo$/.test(method.text)) {
    draft.note(method.origin, `become by ${method.text.slice(0, 80)} is not known, only sudo: what needs root is denied`)
    return 'none'
  }
  if (user !== null && user.text !== 'root') draft.note(user.origin, `sudo makes rollcall root, not ${user.text.slice(0, 80)}`)
  return become
}

/** An IPv6 address is told from host and port by its brackets. */
function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address
}
