import { isIPv4, isIPv6 } from 'node:net'
import { endpointFault } from '../ssh/target.ts'
import { EntryError } from './errors.ts'

/** `[user@]host[:port]` in its parts. */
export interface HostAddress {
  readonly user: string | null
  /** Host name, alias of the ssh config, or IP address without brackets. */
  readonly address: string
  readonly port: number | null
}

/**
 * The parts of `[user@]host[:port]`; an IPv6 address with a port stands in brackets. The host may still hold ranges.
 *
 * @throws {EntryError} where the port is none
 */
export function splitAddress(text: string): HostAddress {
  const given = text.startsWith('ssh://') ? text.slice('ssh://'.length).replace(/\/$/, '') : text
  // A login name of a directory service holds an @ of its own: the last one counts, as for ssh(1).
  const at = given.lastIndexOf('@')
  const user = at === -1 ? null : given.slice(0, at)
  const rest = given.slice(at + 1)
  if (isIPv6(rest)) return { user, address: rest, port: null }
  // Here, for what stands behind a colon may be cut off below.
  if (rest.split('[').length !== rest.split(']').length)
    throw new EntryError(`${JSON.stringify(rest.slice(0, 80))} has a bracket without its other half`)
  const [, inside = '', after = ''] = /^\[([\w:.%-]{2,60})\](.*)$/.exec(rest) ?? []
  if (isIPv6(inside) && (after === '' || after.startsWith(':')))
    return { user, address: inside, port: after === '' ? null : portOf(after.slice(1)) }
  const colon = rest.lastIndexOf(':')
  // The colon of an Ansible range stands in brackets.
  if (colon === -1 || rest.includes(']', colon)) return { user, address: rest, port: null }
  return { user, address: rest.slice(0, colon), port: portOf(rest.slice(colon + 1)) }
}

/** @throws {EntryError} */
export function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new EntryError(`${JSON.stringify(text.slice(0, 80))} is no port`)
  return port
}

/**
 * Passes on what can be connected to.
 *
 * @throws {EntryError}
 */
export function checked<T extends HostAddress>(host: T): T {
  const { address, port, user } = host
  const shown = JSON.stringify(address.slice(0, 80))
  if (address === '') throw new EntryError('the host is missing')
  // inet_aton(3) reads 10.1 as 10.0.0.1 and 1001 as 0.0.3.233.
  if (/^[\d.]+$/.test(address) && !isIPv4(address)) throw new EntryError(`${shown} is no IPv4 address`)
  if (address.includes(':') && !isIPv6(address)) throw new EntryError(`${shown} is no host name and no IPv6 address`)
  const fault = endpointFault({ address, port: port ?? 22, user: user ?? 'root' })
  if (fault !== null) throw new EntryError(fault)
  return host
}

/**
 * Gateways, nearest first, from `[user@]host[:port],...`; `none` is an empty list.
 *
 * @throws {EntryError}
 */
export function jumpOf(text: string): HostAddress[] {
  if (text.trim().toLowerCase() === 'none') return []
  return text.split(',').map((hop) => checked(splitAddress(hop.trim())))
}
