import { lines } from './text.ts'

/** Services of an init system that is made of scripts and links to them. */
export interface ScriptedServices {
  readonly manager: 'openrc' | 'sysvinit'
  /** Whether the service is started at boot, by name. */
  readonly enabled: ReadonlyMap<string, boolean>
  /** Names of the services that OpenRC has started; null where the init system keeps no such list. */
  readonly started: ReadonlySet<string> | null
}

/**
 * Services from paths, one a line: scripts of `/etc/init.d`; links of `/etc/runlevels/LEVEL` (OpenRC) or of `/etc/rcN.d` (System V);
 * `/run/openrc/started`. Null where no such init system has started this host. `init` is `/proc/1/comm`: a package may bring scripts that nobody runs.
 */
export function scriptedServices(paths: string, init: string): ScriptedServices | null {
  const scripts = new Set<string>()
  const links = { runlevels: new Set<string>(), rc: new Set<string>() }
  const started = new Set<string>()
  let isOpenRc = false
  for (const path of lines(paths)) {
    const [, folder = '', name = ''] = /^(\/.{1,80})\/([^/*]{1,100})$/.exec(path) ?? []
    const link = /^S\d\d(.+)$/.exec(name)?.[1]
    if (folder.startsWith('/run/openrc')) isOpenRc = true
    if (name === '') continue
    if (folder === '/run/openrc/started') started.add(name)
    else if (folder.startsWith('/etc/runlevels/')) links.runlevels.add(name)
    else if (/\/rc[2-5S]\.d$/.test(folder) && link !== undefined) links.rc.add(link)
    else if (folder.endsWith('/init.d') && !NO_SERVICE.test(name)) scripts.add(name)
  }
  if (!isOpenRc && init.trim() !== 'init') return null
  const enabled = isOpenRc ? links.runlevels : links.rc
  if (scripts.size === 0) return null
  return {
    manager: isOpenRc ? 'openrc' : 'sysvinit',
    enabled: new Map([...scripts].map((name) => [name, enabled.has(name)])),
    started: isOpenRc ? started : null,
  }
}

/** What lies among the scripts and is none: README, the scripts' library, what package managers leave, and System V's own. */
const NO_SERVICE = /^(?:README|skeleton|functions(?:\.sh)?|rcS?|halt|single|reboot|.*\.(?:dpkg-.*|rpm\w+|apk-new|bak))$/
