import { existsSync, realpathSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { writeAtomically } from '../collector/write-file.ts'
import { loadSettings } from '../conf/load.ts'
import { distrust } from '../conf/trusted.ts'
import { SERVICE_FOLDER, unitText } from './agent-unit.ts'
import type { AgentOptions } from './agent.ts'
import { ServiceError, UsageError } from './errors.ts'
import { EXIT } from './exit.ts'
import { print, printable, tell } from './text.ts'

export const UNIT = 'rollcall-agent.service'

/** Ours first, then that of a package. */
const UNIT_FOLDERS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']
const UNIT_FILE = join(UNIT_FOLDERS[0]!, UNIT)

/** Whether the agent of this data folder is systemd's to start and to stop. */
export function isService(folder: string): boolean {
  return folder === SERVICE_FOLDER && isSystemd() && UNIT_FOLDERS.some((one) => existsSync(join(one, UNIT)))
}

/** As sd_booted(3): systemd may be installed, and something else be process 1. */
export function isSystemd(): boolean {
  return existsSync('/run/systemd/system')
}

/** Makes the agent a service that starts with the machine. Done again, it brings the unit up to date. */
export async function installService(options: AgentOptions): Promise<number> {
  requireRoot('install')
  const { user = null, config, data } = options
  if (config !== undefined || data !== undefined)
    throw new UsageError(
      `the service reads its settings from /etc/rollcall and keeps its data in ${SERVICE_FOLDER}: put them there, or start an agent of your own with "rollcall agent start"`,
    )
  if (user !== null && (await execa('id', ['-u', user], { reject: false })).failed)
    throw new UsageError(`there is no user ${printable(user)}: make one, as with "useradd --system ${printable(user)}"`)
  // As the service will read them, which runs in / and knows nothing of this shell's variables.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ROLLCALL_')))
  const { settings } = await loadSettings({ cwd: '/', env })
  const command = [realpathSync(process.execPath), realpathSync(process.argv[1]!)]
  for (const file of command) {
    const reason = distrust(file)
    if (reason !== null) tell(`take care: ${reason}`)
  }
  await writeAtomically(UNIT_FILE, unitText({ command, user, becomes: settings.become === 'sudo' }), { mode: 0o644 })
  print(`wrote ${UNIT_FILE}: it starts ${command.join(' ')} agent run, with the data in ${SERVICE_FOLDER}`)
  await systemctl('daemon-reload')
  await systemctl('enable', UNIT)
  if (options.now !== true) {
    print(
      'It starts with the machine. Settings go to /etc/rollcall/rollcall.config.yaml, secrets to /etc/rollcall/environment (mode 0600).',
    )
    print('Next: rollcall agent start')
    return EXIT.done
  }
  // One that runs, runs with the unit as it was.
  await systemctl('restart', UNIT)
  print('The agent runs, now and whenever the machine starts: rollcall agent status')
  return EXIT.done
}

/** Stops the service and removes it. What was collected stays. */
export async function uninstallService(): Promise<number> {
  requireRoot('uninstall')
  if (!existsSync(UNIT_FILE)) {
    print(`there is no ${UNIT_FILE}: nothing to remove`)
    return EXIT.done
  }
  await systemctl('disable', '--now', UNIT)
  await rm(UNIT_FILE, { force: true })
  await systemctl('daemon-reload')
  print(`removed ${UNIT_FILE}; the agent has stopped. ${SERVICE_FOLDER} stays, with the pinned name and what waits to be posted.`)
  return EXIT.done
}

/** @throws {ServiceError} with what systemd said */
export async function systemctl(...args: readonly string[]): Promise<void> {
  const { failed, stderr, shortMessage } = await execa('systemctl', args, { reject: false, stdin: 'ignore' })
  if (failed) throw new ServiceError(`${stderr.trim() || shortMessage}\n"journalctl -u rollcall-agent -n 20" may tell why`)
}

function requireRoot(action: string): void {
  if (!isSystemd())
    throw new UsageError(
      `no systemd runs here that could keep a service: "rollcall agent start" starts the agent in the background, "rollcall agent run" in the foreground`,
    )
  if (process.getuid?.() !== 0) throw new UsageError(`only root may do that: sudo rollcall agent ${action}`)
}
