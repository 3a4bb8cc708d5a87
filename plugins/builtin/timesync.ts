import { firstOf, need, textOf, type Answer } from '../answer.ts'
import { definePlugin, type Answers } from '../define.ts'
import { choice, flag, section, textSet } from '../fields.ts'
import { lines } from '../formats/text.ts'

const probes = {
  // Whether a link is broken, because the package is gone, only -e tells.
  'timesync-enabled': {
    sh: `for s in chrony chronyd ntp ntpd ntpsec openntpd systemd-timesyncd; do
  for f in /etc/systemd/system/*.wants/$s.service /etc/runlevels/*/$s /etc/rc[2345].d/S[0-9][0-9]$s; do
    if [ -e "$f" ]; then echo "$f"; fi
  done
done`,
  },
  'etc-chrony-conf': { file: '/etc/chrony.conf' },
  'etc-chrony-chrony-conf': { file: '/etc/chrony/chrony.conf' },
  // Where Debian's own chrony.conf, and RHEL's since 9.4, tell it to look. What DHCP offered lies in /run, and is nobody's decision.
  'etc-chrony-d': {
    sh: "grep -hs '' /etc/chrony.d/*.conf /etc/chrony/conf.d/*.conf /etc/chrony/sources.d/*.sources || :",
  },
  'etc-systemd-timesyncd-conf': { file: '/etc/systemd/timesyncd.conf' },
  'timesyncd-conf-d': {
    sh: "grep -hs '' /usr/lib/systemd/timesyncd.conf.d/*.conf /etc/systemd/timesyncd.conf.d/*.conf /run/systemd/timesyncd.conf.d/*.conf || :",
  },
  'etc-ntp-conf': { file: '/etc/ntp.conf' },
  'etc-ntpsec-ntp-conf': { file: '/etc/ntpsec/ntp.conf' },
  'etc-openntpd-ntpd-conf': { file: '/etc/openntpd/ntpd.conf' },
  'etc-ntpd-conf': { file: '/etc/ntpd.conf' },
  'run-systemd-timesync-synchronized': { file: '/run/systemd/timesync/synchronized' },
  // Asks the daemon on this host, over a socket of its own.
  'chronyc-tracking': {
    sh: '[ -d /run/chrony ] || exit 127\ncommand -v chronyc >/dev/null || exit 127\nchronyc -n tracking',
    timeoutSeconds: 3,
  },
} as const

export default definePlugin({
  name: 'timesync',
  version: 1,
  summary: 'What keeps the clock right: chrony, systemd-timesyncd or an NTP daemon, and its servers.',
  probes,
  schema: section({
    service: choice(
      ['chrony', 'ntpd', 'openntpd', 'systemd-timesyncd', 'none'],
      'Service that starts at boot to keep the time; none when none does, as in containers. Of several the first: the others give way to it.',
      'links in /etc/systemd/system, /etc/runlevels, /etc/rc*.d',
    ),
    servers: textSet(
      'Names and addresses of the servers, pools and peers that it is told to ask; empty where it takes those of DHCP or its maker.',
      'chrony.conf, timesyncd.conf, ntp.conf, ntpd.conf',
    ),
    fallbackServers: textSet(
      "Servers that systemd-timesyncd asks when it knows no others; empty where its maker's are not replaced, and with other services.",
      'FallbackNTP in timesyncd.conf',
    ),
    synchronized: flag(
      'Whether the clock has been set by a server since boot; null where the service does not say.',
      'chronyc tracking; /run/systemd/timesync/synchronized (systemd 239)',
    ),
  }),
  keys: {},
  volatile: ['synchronized'],

  parse(answers) {
    const service = serviceIn(need(answers['timesync-enabled']))
    const configured = CONFIGURED[service](answers)
    return { service, fallbackServers: [], ...configured, synchronized: synchronizedBy(service, answers) }
  },
})

type Service = 'chrony' | 'ntpd' | 'openntpd' | 'systemd-timesyncd' | 'none'

/** By the names of its units and scripts, the stronger service first. */
const SERVICES: readonly (readonly [unit: RegExp, service: Service])[] = [
  [/\/(?:S\d\d)?chronyd?(?:\.service)?$/, 'chrony'],
  [/\/(?:S\d\d)?(?:ntpd?|ntpsec)(?:\.service)?$/, 'ntpd'],
  [/\/(?:S\d\d)?openntpd(?:\.service)?$/, 'openntpd'],
  [/\/systemd-timesyncd\.service$/, 'systemd-timesyncd'],
]

function serviceIn(enabled: string): Service {
  const links = lines(enabled)
  return SERVICES.find(([unit]) => links.some((link) => unit.test(link)))?.[1] ?? 'none'
}

interface Configured {
  readonly servers: string[] | null
  readonly fallbackServers?: string[] | null
}

const CONFIGURED: Readonly<Record<Service, (answers: Answers<typeof probes>) => Configured>> = {
  chrony: (answers) => ({
    servers: listed(firstOf(answers['etc-chrony-chrony-conf'], answers['etc-chrony-conf']), answers['etc-chrony-d']),
  }),
  ntpd: (answers) => ({ servers: listed(firstOf(answers['etc-ntpsec-ntp-conf'], answers['etc-ntp-conf'])) }),
  openntpd: (answers) => ({ servers: listed(firstOf(answers['etc-openntpd-ntpd-conf'], answers['etc-ntpd-conf'])) }),
  'systemd-timesyncd': (answers) => {
    const parts = [answers['etc-systemd-timesyncd-conf'], answers['timesyncd-conf-d']]
    return { servers: assigned('NTP', parts), fallbackServers: assigned('FallbackNTP', parts) }
  },
  none: () => ({ servers: [] }),
}

/** Servers of `server NAME …` lines, as all NTP daemons know them; null where a file could not be read. */
function listed(...parts: readonly Answer[]): string[] | null {
  const text = joined(parts)
  if (text === null) return null
  const servers = lines(text).flatMap((line) => {
    const [word = '', ...more] = line.trim().split(/\s+/, 8)
    const server = more.find((one) => !one.startsWith('-'))
    return /^(?:servers?|pool|peer)$/i.test(word) && server !== undefined && !isReferenceClock(server) ? [server] : []
  })
  return [...new Set(servers)]
}

/** ntpd addresses its drivers for attached clocks like servers. */
function isReferenceClock(server: string): boolean {
  return server.startsWith('127.127.')
}

/** Words of an assignment of systemd: later ones add to the earlier, an empty one takes all back. */
function assigned(name: string, parts: readonly Answer[]): string[] | null {
  const text = joined(parts)
  if (text === null) return null
  const values = lines(text).flatMap((line) => {
    const [key, ...value] = line.split('=')
    return key!.trim() === name ? [value.join('=').trim()] : []
  })
  const kept = values.slice(values.lastIndexOf('') + 1)
  return [...new Set(kept.flatMap((value) => value.split(/\s+/)))]
}

function joined(parts: readonly Answer[]): string | null {
  const isKnown = parts.every(({ status }) => status === 'ok' || status === 'absent')
  return isKnown ? parts.map((part) => textOf(part) ?? '').join('\n') : null
}

function synchronizedBy(service: Service, answers: Answers<typeof probes>): boolean | null {
  if (service === 'chrony') {
    const leap = /^Leap status {1,9}: (.*)$/m.exec(textOf(answers['chronyc-tracking']) ?? '')?.[1]
    return leap === undefined ? null : leap.trim() !== 'Not synchronised'
  }
  const mark = answers['run-systemd-timesync-synchronized'].status
  return service === 'systemd-timesyncd' && (mark === 'ok' || mark === 'absent') ? mark === 'ok' : null
}
