import { servicePort } from './service-names.ts'
import { lines } from './text.ts'

/** A socket that waits for others: TCP in LISTEN, UDP without a peer. */
export interface ListeningSocket {
  readonly protocol: 'tcp' | 'udp'
  /** Without brackets and zone; `0.0.0.0` and `::` are every address. */
  readonly address: string
  readonly port: number
  /** Names of the processes that hold it; null where nobody may know. */
  readonly processes: readonly string[] | null
}

/**
 * Sockets from `ss -lntu`, with or without `-n`, `-p`, `-a` and a header, and from `netstat` with the like. Other families and states are passed
 * over. Null where a port is told by a service's name that is not known: a list without that socket would be another one.
 */
export function listeningSockets(text: string): ListeningSocket[] | null {
  const rows = lines(text).flatMap((line) => rowOf(line) ?? [])
  const showsProcesses = rows.some(({ processes }) => processes.length > 0)
  const everyAddress = isNewSs(text) ? '::' : '0.0.0.0'
  const sockets = rows.flatMap(({ protocol, host, port, processes, family }) => {
    if (port === null) return []
    const wild = family === null ? everyAddress : family === 6 ? '::' : '0.0.0.0'
    return [{ protocol, address: host === '*' ? wild : plainAddress(host), port, processes: showsProcesses ? processes : null }]
  })
  return sockets.length === rows.length ? sockets : null
}

/**
 * Whether `*` is :: that takes IPv4 too. iproute2 before 4.19 writes any IPv4 address as * and any IPv6 address as ::, without brackets. Later ones
 * write 0.0.0.0 and [::], if only as the peer; since 5.5 their heading ends with Process.
 */
function isNewSs(text: string): boolean {
  return /\s(?:0\.0\.0\.0:|\[[\da-f:.]{2,45}\])/i.test(text) || /Address:Port {0,40}Process/.test(text)
}

interface Row {
  readonly protocol: 'tcp' | 'udp'
  readonly host: string
  /** Null for a service's name that is not known. */
  readonly port: number | null
  readonly processes: string[]
  /** What netstat says in its first column; ss does not. */
  readonly family: 4 | 6 | null
}

function rowOf(line: string): Row | null {
  const words = line.trim().split(/\s+/, 9)
  const [, said, six] = /^(tcp|udp)(6?)$/.exec(words[0] ?? '') ?? []
  const protocol = said as 'tcp' | 'udp' | undefined // The two words that the expression takes.
  const isNetstat = protocol !== undefined && /^\d+$/.test(words[1] ?? '')
  const rest = isNetstat ? words.slice(3) : words.slice(protocol === undefined ? 3 : 4)
  const [local = '', peer = ''] = rest
  const state = isNetstat ? rest[2] : words[protocol === undefined ? 0 : 1]
  const isListening = state === 'LISTEN' || ((protocol === 'udp' || !isNetstat) && state === 'UNCONN') || (isNetstat && protocol === 'udp')
  if (!isListening || !/[:.]\*$|^\*$/.test(peer)) return null
  const at = local.lastIndexOf(':')
  const port = portOf(local.slice(at + 1))
  if (at < 1 || port === 0 || local.length > 100) return null
  // Before iproute2 4.0: users:(("sshd",801,3)).
  const processes = [...line.matchAll(/\("([^"]{1,64})",(?:pid=)?\d/g)].map((match) => match[1]!)
  const owner = isNetstat ? /\s\d+\/([^\s:]{1,64})/.exec(line)?.[1] : undefined
  return {
    protocol: protocol ?? (state === 'LISTEN' ? 'tcp' : 'udp'),
    host: local.slice(0, at),
    port,
    processes: [...new Set(owner === undefined ? processes : [owner])],
    family: isNetstat ? (six === '6' ? 6 : 4) : null,
  }
}

function plainAddress(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/%[^\]]*$/, '')
    .toLowerCase()
}

/** A port by number or by its service's name: 0 for none at all (`*`), null for a name that is not known. */
function portOf(word: string): number | null {
  if (!/^\d+$/.test(word)) return word === '*' ? 0 : servicePort(word)
  const port = Number(word)
  return port < 65_536 ? port : 0
}
