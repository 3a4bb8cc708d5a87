import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { prepare } from '../../collector/job.ts'
import { scratch } from '../collector/scratch.ts'
import { defaultPlugins } from '../noise/register.ts'
import { startSshd } from '../sshd.ts'
import type { Surroundings } from './rollcall.ts'

/** What one address does instead of answering. */
type Mischief = 'hang' | 'cut' | 'garbage' | 'slow'

export interface Players {
  readonly port: number
  readonly key: string
  readonly folder: string
  /** What a command needs to reach them, and nothing of this user's own. */
  readonly env: Readonly<Record<string, string>>
  readonly killSessions: () => void
  /** From now on; null: it answers. */
  readonly misbehave: (address: string, how: Mischief | null) => void
  /** Whether a host that misbehaves has been asked. */
  readonly isAsked: (address: string) => boolean
  /** Host list of the first so many. */
  readonly list: (count: number, more?: string) => string
}

/**
 * As many hosts as there are loopback addresses, on one real sshd: each answers the script with what this machine answered once, under a host
 * name, machine id, UUID, serial number, MAC and host keys of its own.
 */
export async function startPlayers(t: TestContext): Promise<Players> {
  const folder = scratch(t)
  mkdirSync(join(folder, 'mischief'))
  mkdirSync(join(folder, 'asked'))
  const { stdout, stderr } = await recording()
  writeFileSync(join(folder, 'stdout'), stdout)
  writeFileSync(join(folder, 'stderr'), stderr)
  writeFileSync(join(folder, 'play'), play(folder))
  // Logins find the recording, and may not write anything.
  execFileSync('chmod', ['-R', 'a+rX', folder])
  const sshd = await startSshd(t, { config: `ForceCommand /bin/sh ${folder}/play\nMaxSessions 10` })
  const home = scratch(t)
  return {
    ...sshd,
    folder,
    env: { HOME: home, SSH_AUTH_SOCK: '', ROLLCALL_SSH__USER: 'root', ROLLCALL_SSH__KEY: sshd.key },
    misbehave(address, how) {
      const file = join(folder, 'mischief', address)
      if (how === null) rmSync(file, { force: true })
      else writeFileSync(file, how)
      rmSync(join(folder, 'asked', address), { force: true })
    },
    isAsked: (address) => existsSync(join(folder, 'asked', address)),
    list(count, more = '') {
      const file = join(folder, `hosts-${count}-${more.length}`)
      const lines = Array.from({ length: count }, (_, index) => `${addressOf(index)}:${sshd.port}\n`)
      writeFileSync(file, lines.join('') + more)
      return file
    },
  }
}

export function addressOf(index: number): string {
  return `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
}

/** What this machine answers to the script, with places for what each host has of its own. */
async function recording(): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { script, nonce } = prepare(await defaultPlugins())
  const folder = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim()
  execFileSync('sh', ['-c', 'sh -s >"$0/stdout" 2>"$0/stderr"', folder], { input: script })
  const [stdout, stderr] = ['stdout', 'stderr'].map((name) => execFileSync('cat', [join(folder, name)], { encoding: 'utf8' }))
  rmSync(folder, { recursive: true })
  return { stdout: templateOf(stdout!, nonce), stderr: stderr!.replaceAll(nonce, '@NONCE@') }
}

function templateOf(stdout: string, nonce: string): string {
  const frame = (name: string) => new RegExp(`(\n@@${nonce} B ${name}\n)[^]*?(\n@@${nonce} E ${name}) \\S+`)
  return (
    stdout
      .replace(frame('sysfs-dmi'), (_, begin: string, end: string) => `${begin}${DMI}${end} 0`)
      // A thousand machines with hundreds of packages each are what the API's own tests are for.
      .replace(new RegExp(`(\n@@${nonce} B dpkg-query\n(?:.*\n){40})[^]*?(\n@@${nonce} E dpkg-query)`), '$1$2')
      .replace(frame('dmi-tables'), '$1$2 127')
      .replace(frame('dmidecode'), '$1$2 127')
      .replaceAll(/^((?:ecdsa|ssh)-\S+ \S{50})\S{12}/gm, '$1@N@')
      .replaceAll(/machine-id:\S{20}\S{12}$/gm, 'machine-id:3d1219c7c4c5404aaa1f@N@')
      .replaceAll(/\b(?!00:00:00|ff:ff:ff)((?:[0-9a-f]{2}:){3})(?:[0-9a-f]{2}:){2}[0-9a-f]{2}\b/g, '$1@MAC@')
      .replaceAll(new RegExp(`^Linux ${hostname()} `, 'gm'), 'Linux @HOST@ ')
      .replaceAll(nonce, '@NONCE@')
  )
}

const DMI = ['sys_vendor:Example', 'product_name:Player', 'product_serial:SN@N@', 'product_uuid:4c4c4544-0000-4a10-8031-@N@']
  .map((line) => `/sys/class/dmi/id/${line}\n`)
  .join('')

/** The forced command of every login: it reads the script as a shell would, and takes from it the random text of the frames. */
function play(folder: string): string {
  return `set -- $SSH_CONNECTION
address=$3
mischief=
[ ! -r ${folder}/mischief/$address ] || read -r mischief <${folder}/mischief/$address
[ -z "$mischief" ] || : >${folder}/asked/$address
[ "$mischief" != hang ] || exec sleep 97
[ "$mischief" != slow ] || sleep 1
[ "$mischief" != garbage ] || { echo 'Welcome!'; exit 0; }
nonce=$(sed -n 's/^N=\\([0-9a-f]*\\) .*/\\1/p')
IFS=.
set -- $address
host=$(printf %012d $(($3 * 1000 + $4)))
mac=$(printf '%02x:%02x:%02x' $2 $3 $4)
own="s/@NONCE@/$nonce/;s/@HOST@/player-$3-$4/;s/@N@/$host/;s/@MAC@/$mac/g"
sed "$own" ${folder}/stderr >&2
[ "$mischief" != cut ] || { sed "$own;500q" ${folder}/stdout; kill -9 $PPID; }
exec sed "$own" ${folder}/stdout
`
}

/** Settings by environment for a data folder. */
export function reaching(players: Players, data: string, env: Readonly<Record<string, string>> = {}): Surroundings {
  return { data, env: { ...players.env, ...env } }
}
