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

/** Sockets from `ss -lntu`, with or without `-p`, `-a` and a header, and from `netstat` with the like. Other families and states are passed over. */
export function listeningSockets(text: string): ListeningSocket[] {
  const rows = lines(text).flatMap((line) => rowOf(line) ?? [])
  const showsProcesses = rows.some(({ processes }) => processes.length > 0)
  // iproute2 before 4.19 writes any IPv4 address as * and any IPv6 address as ::. Later ones write 0.0.0.0, [::], and * for :: that takes IPv4 too.
  const isOld = rows.some(({ host }) => host === '::')
  return rows.map(({ protocol, host, port, processes }) => ({
    protocol,
    address: host === '*' ? (isOld ? '0.0.0.0' : '::') : plainAddress(host),
    port,
    processes: showsProcesses ? processes : null,
  }))
}

interface Row {
  readonly protocol: 'tcp' | 'udp'
  readonly host: string
  readonly port: number
  readonly processes: string[]
}

function rowOf(line: string): Row | null {
  const words = line.trim().split(/\s+/, 9)
  const protocol = /^(tcp|udp)6?$/.exec(words[0] ?? '')?.[1] as 'tcp' | 'udp' | undefined
  const isNetstat = protocol !== undefined && /^\d+$/.test(words[1] ?? '')
  const rest = isNetstat ? words.slice(3) : words.slice(protocol === undefined ? 3 : 4)
  const [local = '', peer = ''] = rest
  const state = isNetstat ? rest[2] : words[protocol === undefined ? 0 : 1]
  const isListening = state === 'LISTEN' || ((protocol === 'udp' || !isNetstat) && state === 'UNCONN') || (isNetstat && protocol === 'udp')
  if (!isListening || !/[:.]\*$|^\*$/.test(peer)) return null
  const at = local.lastIndexOf(':')
  const port = portOf(local.slice(at + 1))
  if (at < 1 || port === null || local.length > 100) return null
  const processes = [...line.matchAll(/\("([^"]{1,64})",pid=/g)].map((match) => match[1]!)
  const owner = isNetstat ? /\s\d+\/([^\s:]{1,64})/.exec(line)?.[1] : undefined
  return {
    protocol: protocol ?? (state === 'LISTEN' ? 'tcp' : 'udp'),
    host: local.slice(0, at),
    port,
    processes: [...new Set(owner === undefined ? processes : [owner])],
  }
}

function plainAddress(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/%[^\]]*$/, '')
    .toLowerCase()
}

function portOf(word: string): number | null {
  const port = /^\d{1,5}$/.test(word) ? Number(word) : (WELL_KNOWN.get(word) ?? 0)
  return port > 0 && port < 65_536 ? port : null
}

/** What `ss` without -n calls the commonest ports (IANA). */
const WELL_KNOWN: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ftp: 21,
    ssh: 22,
    telnet: 23,
    smtp: 25,
    domain: 53,
    bootps: 67,
    bootpc: 68,
    tftp: 69,
    http: 80,
    pop3: 110,
    sunrpc: 111,
    ntp: 123,
    'netbios-ns': 137,
    'netbios-dgm': 138,
    'netbios-ssn': 139,
    imap2: 143,
    snmp: 161,
    ldap: 389,
    https: 443,
    'microsoft-ds': 445,
    syslog: 514,
    ipp: 631,
    ldaps: 636,
    imaps: 993,
    pop3s: 995,
    nfs: 2049,
    mysql: 3306,
    postgresql: 5432,
    mdns: 5353,
    'http-alt': 8080,
  }),
)
