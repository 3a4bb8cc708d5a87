import type { HostEntry } from '../../../collector/hosts/entry.ts'

/** An entry in one line: `line: user@address:port name key=... become jump=...`, without what the list does not say. */
export function shown({ user, address, port, name, key, become, jump, origin }: HostEntry): string {
  const parts = [
    `${origin.line}: ${user === null ? '' : `${user}@`}${address}${port === null ? '' : ` :${port}`}`,
    name,
    key === null ? null : `key=${key}`,
    become === null ? null : `become=${become}`,
    jump === null ? null : `jump=${jump.map((hop) => `${hop.user ?? ''}@${hop.address}:${hop.port ?? ''}`).join(',')}`,
  ]
  return parts.filter((part) => part !== null).join(' ')
}
