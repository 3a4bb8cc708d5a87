export interface UnitOptions {
  /** The program and its first arguments, absolute paths. */
  readonly command: readonly string[]
  /** Who runs it; null: root, who sees everything. */
  readonly user: string | null
  /** Whether the settings let it collect through sudo. */
  readonly becomes: boolean
}

/**
 * The text of the agent's systemd unit.
 *
 * Nothing that gives it mounts of its own (ProtectSystem, ProtectHome, PrivateTmp, PrivateDevices and the like), nor a host name of its own
 * (ProtectHostname), however well that would score: the agent would report them as the host's. docs/decisions/0012 has what each would do.
 */
export function unitText({ command, user, becomes }: UnitOptions): string {
  const isConfined = user === null || !becomes
  return `# Written by "rollcall agent install". For changes of your own: systemctl edit rollcall-agent
[Unit]
Description=rollcall agent: takes stock of this host
# What is not mounted or up yet would look as if it had been removed.
After=network-online.target remote-fs.target docker.service
Wants=network-online.target
# It tries again for as long as the host is up.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
ExecStart=${command.map(quote).join(' ')} agent run
ExecReload=/bin/kill -HUP $MAINPID
${user === null ? '' : `User=${user}\n`}Environment=ROLLCALL_DATA=${SERVICE_FOLDER}
# For secrets such as ROLLCALL_API__TOKEN.
EnvironmentFile=-/etc/rollcall/environment
StateDirectory=rollcall
StateDirectoryMode=0700
UMask=0077
SyslogIdentifier=rollcall-agent
Restart=always
RestartSec=30
TimeoutStartSec=120
TimeoutStopSec=5
# A minute would do; but each sign of life is a process.
WatchdogSec=300
KillMode=mixed
LimitCORE=0

# Nobody is to notice it: one that asks for too much ends alone, and the agent goes on.
Nice=10
CPUWeight=20
CPUQuota=100%
IOSchedulingClass=idle
MemoryMax=512M
TasksMax=256
OOMPolicy=continue
OOMScoreAdjust=500
${isConfined ? confinement(user === null) : SUDO}
[Install]
WantedBy=multi-user.target
`
}

/** Where the unit's StateDirectory lies. */
export const SERVICE_FOLDER = '/var/lib/rollcall'

const SUDO = '\n# Not confined: sudo, which the settings ask for (become), would be confined with it.\n'

function confinement(isRoot: boolean): string {
  return `
NoNewPrivileges=yes
${isRoot ? ROOT_CAPABILITIES : 'CapabilityBoundingSet='}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SocketBindDeny=any
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
# @mount: podman mounts its storage, also where it only lists. Of 32 bits are older programs of RAID makers: no SystemCallArchitectures.
SystemCallFilter=@system-service @mount
SystemCallErrorNumber=EPERM
`
}

const ROOT_CAPABILITIES = `# Read all files, see whose sockets are whose, ask the device mapper and RAID controllers. Nothing to write, load, trace or reconfigure with.
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_SYS_ADMIN CAP_SYS_RAWIO`

/** One word of a command line, as systemd.service(5) reads it. */
function quote(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w./%$@:+=,-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
