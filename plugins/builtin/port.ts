import { firstOf, need, textOf } from '../answer.ts'
import { definePlugin, type Answers } from '../define.ts'
import { ParseError } from '../errors.ts'
import { choice, integer, list, section, text, textSet } from '../fields.ts'
import { procSockets } from '../formats/proc-sockets.ts'
import { listeningSockets, type ListeningSocket } from '../formats/sockets.ts'

const probes = {
  // Of other users' sockets only root sees the process: half of the names would look like a change, so ordinary users ask for none.
  'ss-listening': {
    sh: 'if [ -r /proc/1/environ ]; then exec ss -lntup; else exec ss -lntu; fi',
    needs: ['ss'],
  },
  'proc-net-listening': {
    sh: `if command -v ss >/dev/null; then exit 127; fi
grep -Hs -E ': [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:0000 0[7A] ' /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6`,
    okCodes: [0, 1, 2],
  },
  'port-range': { file: '/proc/sys/net/ipv4/ip_local_port_range' },
  ss: { recorded: 'ss -a' },
  netstat: { recorded: 'netstat -lntup' },
} as const

export default definePlugin({
  name: 'port',
  version: 1,
  summary: 'Listening TCP and UDP sockets and the programs behind them.',
  probes,
  schema: section({
    sockets: list('Sockets that wait for others. A port bound on every address is not told again for single ones.', {
      protocol: choice(['tcp', 'udp'], 'Transport protocol.', 'ss, /proc/net'),
      address: text('Address it is bound to, without zone; 0.0.0.0 and :: are every address.', 'ss, /proc/net'),
      port: integer('Port number.', 'ss, /proc/net', 1),
      processes: textSet(
        'Programs that hold it: systemd where it activates the service; empty for the kernel, null without root.',
        'ss -p',
      ),
    }),
    dynamicPorts: integer(
      'Sockets left out: their port was picked by the kernel and is another at every start.',
      'ss, ip_local_port_range',
    ),
  }),
  keys: { sockets: [['protocol', 'address', 'port']] },
  volatile: ['dynamicPorts'],

  parse(answers) {
    const all = readSockets(answers)
    if (all === null) return { sockets: null, dynamicPorts: null }
    const isDynamic = dynamicPort(textOf(answers['port-range']))
    const kept = all.filter((socket) => !isDynamic(socket) && !isLinkLocal(socket))
    const everywhere = new Set(kept.filter(isEverywhere).map(labelOf))
    const sockets = new Map<string, ListeningSocket>()
    for (const socket of kept) {
      if (!isEverywhere(socket) && everywhere.has(labelOf({ ...socket, address: socket.address.includes(':') ? '::' : '0.0.0.0' })))
        continue
      const known = sockets.get(labelOf(socket))
      // Several workers on one port (SO_REUSEPORT) are one socket.
      const processes = known === undefined ? socket.processes : known.processes && [...known.processes, ...(socket.processes ?? [])]
      sockets.set(labelOf(socket), { ...socket, processes })
    }
    return {
      sockets: [...sockets.values()].map((socket) => ({ ...socket, processes: socket.processes && holders(socket.processes) })),
      dynamicPorts: all.filter(isDynamic).length,
    }
  },
})

function readSockets(answers: Answers<typeof probes>): ListeningSocket[] | null {
  const tables = [answers['ss-listening'], answers['ss'], answers['netstat']] as const
  const table = tables.find(({ status }) => status === 'ok')
  if (table !== undefined) {
    const said = need(table)
    // ss prints a heading even of nothing: without it this is the output of something that broke.
    if (table === answers['ss-listening'] && !/^Netid\s/m.test(said)) throw new ParseError('expected the heading of ss', said)
    return listeningSockets(said)
  }
  return procSockets(need(firstOf(answers['proc-net-listening'], answers['ss-listening'])))
}

/** Of a socket that systemd activates, systemd always is a holder, and the service while it runs. */
function holders(processes: readonly string[]): string[] {
  return processes.includes('systemd') ? ['systemd'] : [...new Set(processes)]
}

/**
 * Whether the kernel picked the port. Of UDP every port in the range is a client's far more often than a server's; of TCP it is
 * one on the loopback, or one of the RPC services of NFS, and of lockd, which has no process: of these only root's answer tells.
 */
function dynamicPort(range: string | null): (socket: ListeningSocket) => boolean {
  const [, low = '32768', high = '60999'] = /^(\d{1,5})\s+(\d{1,5})/.exec(range ?? '') ?? []
  return ({ protocol, address, port, processes }) =>
    port >= Number(low) && port <= Number(high) && (protocol === 'udp' || isLoopback(address) || isRpc(processes))
}

function isRpc(processes: readonly string[] | null): boolean {
  return processes !== null && processes.every((name) => name.startsWith('rpc.'))
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')
}

/** Link-local addresses come and go with their interfaces, and ntpd binds each of them. */
function isLinkLocal({ address }: ListeningSocket): boolean {
  return address.startsWith('fe80:')
}

function isEverywhere({ address }: ListeningSocket): boolean {
  return address === '0.0.0.0' || address === '::'
}

function labelOf({ protocol, address, port }: ListeningSocket): string {
  return `${protocol} ${address} ${port}`
}
