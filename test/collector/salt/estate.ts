import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import disk from '../../../plugins/builtin/disk.ts'
import nic from '../../../plugins/builtin/nic.ts'
import { BOARD_PROBES } from '../../../plugins/formats/board-sources.ts'

/** What becomes of a minion when it is asked. */
export type Manner =
  | 'plays' // the recorded host, as itself
  | 'runs' // the script, on this machine
  | 'silent'
  | 'deaf' // to test.ping it answers
  | 'garbage'
  | 'noise'
  | 'cut'
  | 'slow'
  | 'killed'
  | 'trimmed'
  | 'blackout'
  | 'forbidden' // the master refuses every job with it

/** Salt, as far as it is played: minions by id, and what the recorded host says. */
export interface Estate {
  readonly minions: Readonly<Record<string, Manner>>
  readonly recorded: Recording
  /** Where the fake `salt` keeps what it was asked. */
  readonly log?: string
}

/** One run of the script on this machine. */
export interface Recording {
  readonly nonce: string
  readonly machineId: string
  readonly stdout: string
  readonly stderr: string
}

export interface Asked {
  readonly targets: readonly string[]
  readonly fun: string
  readonly arg: readonly unknown[]
  readonly kwarg: Readonly<Record<string, unknown>>
}

export function record(script: string, nonce: string): Recording {
  const { stdout, stderr } = spawnSync('sh', ['-s'], { input: script, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return { nonce, machineId: /\/etc\/machine-id:([0-9a-f]{32})\n/.exec(stdout)?.[1] ?? '', stdout, stderr }
}

/** Answers that tell one machine from others by its hardware: on many minions at once they would be one clone. */
const HARDWARE = Object.keys({ ...BOARD_PROBES, ...nic.probes, ...disk.probes })

/** As a host answers that lets nobody see its hardware. */
export function withoutHardware(recording: Recording): Recording {
  const { nonce } = recording
  const stdout = HARDWARE.reduce((text, name) => {
    const begin = text.indexOf(`\n@@${nonce} B ${name}\n`)
    const end = begin === -1 ? -1 : text.indexOf('\n', text.indexOf(`\n@@${nonce} E ${name} `, begin) + 1)
    return end === -1 ? text : `${text.slice(0, begin)}\n@@${nonce} A ${name} denied${text.slice(end)}`
  }, recording.stdout)
  return { ...recording, stdout }
}

/** The recorded host, as another one: with a machine id and host keys of its own, under the random text of this run. */
export function play({ nonce, machineId, stdout, stderr }: Recording, id: string, newNonce: string): { stdout: string; stderr: string } {
  const own = createHash('md5').update(id).digest('hex')
  const key = createHash('sha512').update(id).digest('base64url').slice(0, 40)
  const told = stdout
    .replaceAll(machineId === '' ? '\0none' : machineId, own)
    .replaceAll(/^((?:ssh|ecdsa)-\S+ \S+?)\S{40} /gm, (_, head: string) => `${head}${key.replaceAll(/[-_]/g, 'A')} `)
    .replaceAll(nonce, newNonce)
  return { stdout: told, stderr: stderr.replaceAll(nonce, newNonce) }
}

/** Minions of a pattern; Salt takes fnmatch, the tests only a star. */
export function matching({ minions }: Estate, glob: string): string[] {
  const [head = '', tail] = glob.split('*')
  return Object.keys(minions).filter((id) => (tail === undefined ? id === head : id.startsWith(head) && id.endsWith(tail)))
}

/** Salt refuses the whole job: external_auth and publisher_acl go by all its minions. */
export function isForbidden({ minions }: Estate, targets: readonly string[]): boolean {
  return targets.some((id) => minions[id] === 'forbidden')
}

/** What a minion returns; undefined where it does not. */
export function said(estate: Estate, id: string, { fun, arg, kwarg }: Asked): unknown {
  const manner = estate.minions[id]
  if (manner === undefined || manner === 'silent') return undefined
  if (manner === 'blackout')
    return `ERROR executing '${fun}': Minion in blackout mode. Set "minion_blackout" to False in pillar or grains to resume operations.`
  if (fun === 'test.ping') return true
  if (fun !== 'cmd.run_all') return `'${fun}' is not available.`
  const { stdin: script, python_shell: shell, rstrip, timeout } = kwarg
  if (typeof script !== 'string' || arg[0] !== 'sh -s' || shell !== false || typeof timeout !== 'number')
    return "ERROR executing 'cmd.run_all': unexpected arguments"
  const done = (stdout: string, stderr = '', retcode = 0) => ({
    pid: 4711,
    retcode,
    stdout: rstrip === false ? stdout : stdout.trimEnd(),
    stderr: rstrip === false ? stderr : stderr.trimEnd(),
  })
  if (manner === 'runs') {
    const run = spawnSync('sh', ['-s'], { input: script, encoding: 'utf8' })
    return done(run.stdout, run.stderr, run.status ?? -9)
  }
  const played = play(estate.recorded, id, /^N=([0-9a-f]+) /m.exec(script)?.[1] ?? '')
  const half = played.stdout.slice(0, played.stdout.length / 2)
  switch (manner) {
    case 'plays':
      return done(played.stdout, played.stderr)
    case 'garbage':
      return done('\u0000\u0001Segmentation\u2028 fault \ufffd{"a":', '')
    case 'noise':
      return ['what', 'is', 'this']
    case 'cut':
      return done(half)
    case 'killed':
      return done(half, played.stderr, -9)
    case 'slow':
      return done(`sh -s : Timed out after ${timeout} seconds`, '', 1)
    case 'trimmed':
      return done('VALUE_TRIMMED')
    case 'deaf':
    case 'forbidden':
      return undefined
    default:
      throw new Error(`${id}: ${String(manner)} is no manner`)
  }
}
