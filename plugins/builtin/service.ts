import { firstOf, need, textOf } from '../answer.ts'
import { definePlugin, type Answers } from '../define.ts'
import { ParseError, Unusable } from '../errors.ts'
import { choice, list, name, section, text } from '../fields.ts'
import { scriptedServices } from '../formats/init-links.ts'
import { enabledInstances, unitFiles, unitStates, type UnitState } from '../formats/systemctl.ts'

const probes = {
  // Where systemd does not run, systemctl reads all unit files itself, which takes a quarter of a second.
  'systemctl-list-unit-files': { exec: ['systemctl', 'list-unit-files', '--full', '--no-pager'], needs: ['/run/systemd/system'] },
  'systemctl-list-units': { exec: ['systemctl', 'list-units', '--all', '--full', '--no-pager'], needs: ['/run/systemd/system'] },
  // list-unit-files knows templates alone; an enabled instance is a link.
  'systemd-instances': {
    sh: 'for f in /etc/systemd/system/*.wants/*@?*.* /run/systemd/generator/*.wants/*@?*.*; do if [ -e "$f" ]; then echo "$f"; fi; done',
    needs: ['/run/systemd/system'],
  },
  'init-links': {
    sh: `if [ -d /run/systemd/system ] || ! [ -d /etc/init.d ]; then echo 'neither OpenRC nor System V init' >&2; exit 127; fi
for f in /run/openrc/softlevel /run/openrc/started/* /etc/runlevels/*/* /etc/rc[2-5S].d/S* /etc/rc.d/rc[2-5].d/S* /etc/init.d/*; do
  if [ -e "$f" ]; then echo "$f"; fi
done`,
  },
  'init-name': { file: '/proc/1/comm' },
} as const

interface Unit {
  readonly name: string
  readonly state: string | null
  readonly load: string | null
  readonly active: string | null
  readonly sub: string | null
}

export default definePlugin({
  name: 'service',
  version: 1,
  summary: 'Services and other units, and whether they start at boot: systemd, OpenRC, System V init.',
  probes,
  schema: section({
    manager: choice(
      ['systemd', 'openrc', 'sysvinit'],
      'What starts and watches the services.',
      '/run/systemd/system, /run/openrc, /proc/1/comm',
    ),
    units: list(
      'Units that have a file, and enabled instances of templates; without what sessions, snaps, devices and fstab make at run time.',
      {
        name: name(
          'Name of the unit with its type, as in cron.service; with OpenRC and System V the name of the script.',
          'systemctl, /etc/init.d',
        ),
        state: text(
          'Enablement: enabled, disabled, static, masked, alias, indirect, generated.',
          'systemctl list-unit-files, links of run levels',
        ),
        load: text(
          'Whether systemd could read it: loaded, masked, error, bad-setting; null where it is not in memory.',
          'systemctl list-units',
        ),
        active: text('Activation: active, inactive, failed, activating.', 'systemctl list-units, /run/openrc/started'),
        sub: text('Activation in the words of the type: running, exited, dead, waiting, listening.', 'systemctl list-units'),
      },
    ),
  }),
  keys: { units: ['name'] },
  // What runs changes with every timer; what starts at boot is somebody's decision.
  volatile: ['units.load', 'units.active', 'units.sub'],

  parse(answers) {
    return systemdUnits(answers) ?? scriptedUnits(answers)
  },
})

function systemdUnits(answers: Answers<typeof probes>): { manager: 'systemd'; units: Unit[] } | null {
  const files = answers['systemctl-list-unit-files']
  const states = unitStates(textOf(answers['systemctl-list-units']) ?? '')
  if (files.status === 'absent') {
    if (states.size === 0) return null
    // Of these nobody can tell here which have a file, and which systemd made.
    const names = [...states.keys()].filter((unit) => !isRuntime(unit, null) && !/\.(?:mount|swap|slice)$/.test(unit))
    return { manager: 'systemd', units: names.map((unit) => unitOf(unit, null, states.get(unit))) }
  }
  const units = unitFiles(need(files))
  // systemd has units of its own: none at all is a text in another layout, not a host without services.
  if (units.size === 0) throw new ParseError('expected units and their states', need(files))
  const linked = answers['systemd-instances']
  for (const [unit, state] of linked.status === 'absent' ? [] : enabledInstances(need(linked))) units.set(unit, state)
  const kept = [...units].filter(([unit, state]) => !isRuntime(unit, state))
  return { manager: 'systemd', units: kept.map(([unit, state]) => unitOf(unit, state, states.get(unit))) }
}

function scriptedUnits(answers: Answers<typeof probes>): { manager: 'openrc' | 'sysvinit'; units: Unit[] } {
  const services = scriptedServices(
    need(firstOf(answers['init-links'], answers['systemctl-list-unit-files'])),
    textOf(answers['init-name']) ?? '',
  )
  if (services === null) throw new Unusable({ status: 'absent', reason: 'no init system that rollcall knows has started this host' })
  const { manager, enabled, started } = services
  const units = [...enabled].map(([script, isEnabled]) => ({
    ...unitOf(script, isEnabled ? 'enabled' : 'disabled', undefined),
    active: started === null ? null : started.has(script) ? 'active' : 'inactive',
  }))
  return { manager, units }
}

function unitOf(unit: string, state: string | null, { load, active, sub }: Partial<UnitState> = {}): Unit {
  return { name: unit, state, load: load ?? null, active: active ?? null, sub: sub ?? null }
}

/** Made while the host runs, by logins, devices, mounts, snaps and fstab, and gone or renamed without anybody's decision. */
function isRuntime(unit: string, state: string | null): boolean {
  if (/\.(?:device|scope|snapshot)$/.test(unit) || state === 'transient') return true
  if (/\.(?:mount|automount|swap)$/.test(unit)) return state === 'generated' || unit.startsWith('snap-')
  return INSTANCE_CHURN.test(unit)
}

const INSTANCE_CHURN = /^(?:user|user-runtime-dir|sshd?|modprobe|lvm2-pvscan|systemd-[\w-]+)@[^.]/
