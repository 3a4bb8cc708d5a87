import { nameFault } from '../cert.ts'
import { checked, jumpOf, portOf, splitAddress, type HostAddress } from './address.ts'
import { EntryError, type Origin } from './errors.ts'
import { expandRanges, type RangeStyle } from './ranges.ts'

/** One host of a list, with what the list says of it. null: the list does not say; the settings or the ssh config may. */
export interface HostEntry extends HostAddress {
  /** The list's name for the asset. */
  readonly name: string | null
  /** Private key file, as written. */
  readonly key: string | null
  readonly become: 'sudo' | 'none' | null
  /** Gateways, nearest first; empty where the list says that there is none. */
  readonly jump: readonly HostAddress[] | null
  readonly origin: Origin
}

/** What a list can say of one host, as text. `address` is `[user@]host[:port]` and may hold ranges, and then `name` too. */
export const FIELDS = ['address', 'name', 'port', 'user', 'key', 'become', 'jump'] as const
export type HostFields = Readonly<Partial<Record<(typeof FIELDS)[number], string | null>>>

interface Context {
  readonly style?: RangeStyle
  /** What holds where the host itself says nothing. */
  readonly shared?: HostFields
}

/**
 * The entries that one line, row or item of a list stands for.
 *
 * @throws {EntryError}
 */
export function entriesOf(own: HostFields, origin: Origin, { style = '-', shared = {} }: Context = {}): HostEntry[] {
  const inAddress = splitAddress(own.address?.trim() ?? '')
  const said = (field: keyof HostFields): string | null => textOf(own[field]) ?? textOf(shared[field])
  const port = agree('port', inAddress.port, mapped(textOf(own.port), portOf)) ?? mapped(said('port'), portOf)
  const user = agree('user', inAddress.user, textOf(own.user)) ?? said('user')
  const key = said('key')
  const become = mapped(said('become'), becomeOf)
  const jump = mapped(said('jump'), jumpOf)
  const addresses = expandRanges(inAddress.address, style)
  const names = mapped(textOf(own.name), (name) => expandRanges(name, style))
  if (names !== null && names.length !== addresses.length)
    throw new EntryError(`${addresses.length} hosts, and ${names.length} name${names.length === 1 ? '' : 's'} for them`)
  return addresses.map((address, index) => {
    const name = names?.[index] ?? null
    const fault = name === null ? null : nameFault(name)
    if (fault !== null) throw new EntryError(`the name cannot be used: ${fault}`)
    return checked({ name, address, port, user, key, become, jump, origin })
  })
}

function textOf(value: string | null | undefined): string | null {
  const text = value?.trim() ?? ''
  return text === '' ? null : text
}

function mapped<T>(text: string | null, read: (text: string) => T): T | null {
  return text === null ? null : read(text)
}

function agree<T>(what: string, inAddress: T | null, given: T | null): T | null {
  if (inAddress !== null && given !== null && inAddress !== given)
    throw new EntryError(`two values for ${what}: ${String(inAddress)} in the address, and ${String(given)}`)
  return inAddress ?? given
}

const SUDO = ['sudo', 'true', 'yes', 'on', '1']
const NONE = ['none', 'false', 'no', 'off', '0']

function becomeOf(text: string): 'sudo' | 'none' {
  if (SUDO.includes(text.toLowerCase())) return 'sudo'
  if (NONE.includes(text.toLowerCase())) return 'none'
  throw new EntryError(`become is sudo or none, not ${JSON.stringify(text.slice(0, 80))}`)
}
