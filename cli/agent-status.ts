import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { AgentStatus, ServiceStatus } from '../collector/agent/status.ts'
import { readCert } from '../collector/cert.ts'
import { CertError } from '../collector/errors.ts'
import { Spool } from '../collector/spool.ts'
import { ConfError } from '../conf/errors.ts'
import { answerOf, folderOf } from './agent-answer.ts'
import { logFileIn } from './agent-log-file.ts'
import { isService } from './agent-service.ts'
import { SERVICE_FOLDER } from './agent-unit.ts'
import type { AgentOptions } from './agent.ts'
import { ServiceError } from './errors.ts'
import { EXIT } from './exit.ts'
import { setup } from './setup.ts'
import { table, type Column } from './table.ts'
import { bold, print, printable, printJson, tell } from './text.ts'
import { timeSpan } from './when.ts'

/** What the agent of this machine does, has done, and will do next. Without one: what its folder tells, and exit status 3. */
export async function status(options: AgentOptions): Promise<number> {
  const folder = folderOf(options)
  const answer = await answerOf(folder, 'status')
  if (answer === 'mute')
    throw new ServiceError(`an agent holds ${folder}/agent.sock and does not answer; "rollcall agent stop" tells how to end it`)
  if (answer === null) return await tellWhatIsLeft(folder, options)
  if (options.json === true) printJson({ isRunning: true, ...answer })
  else print(describe(answer, Date.now()))
  return EXIT.done
}

/** @param now milliseconds since 1970 */
function describe(agent: AgentStatus, now: number): string {
  const { pid, version, startedAt, folder, files, name, services, tasks, receipts, complaints } = agent
  const facts = [
    ['agent', `runs, process ${pid}, version ${version}, for ${timeSpan(now - startedAt)}`],
    ['name', nameAndDrift(name, agent.hostname)],
    ['settings', files.join(', ') || 'defaults only'],
    ['data', folder],
    ['log', isService(folder) ? 'journalctl -u rollcall-agent' : existsSync(logFileIn(folder)) ? logFileIn(folder) : 'its stderr'],
    ['spool', spoolOf(agent)],
    ...(tasks.length === 0 ? [] : [['tasks', `${tasks.length} under way or waiting: ${tasks.join(', ')}`] as const]),
    ...Object.entries(complaints).map(([subject, reason]) => ['WRONG', `${subject}: ${reason}`] as const),
  ] as const
  const lines = facts.map(([title, text]) => `${bold(title.padEnd(8))}  ${printable(text)}`)
  const last = receipts.map((one) => ({ ...one, remarks: one.remarks.join('; ') || null, ago: timeSpan(now - one.at) })).toReversed()
  return [
    lines.join('\n'),
    table(Object.entries(services), serviceColumns(now)),
    last.length === 0
      ? 'no receipt since the start'
      : table(last, [
          { title: 'receipt', value: ({ outcome }) => outcome },
          { title: 'ago', value: ({ ago }) => ago, right: true },
          { title: 'changes', value: ({ changes }) => changes, right: true },
          { title: 'of', value: (receipt) => receipt.name },
          { title: 'remarks', value: ({ remarks }) => remarks },
        ]),
  ].join('\n\n')
}

function spoolOf({ spool: { waiting, dropped }, complaints }: AgentStatus): string {
  const lost = dropped === 0 ? '' : `, ${dropped} lost since the start, for it was full`
  // Without any API in sight there is nothing to complain of.
  const why = waiting === 0 || 'API' in complaints ? '' : '; "rollcall doctor" tells whether there is an API'
  return `${waiting} waiting${lost}${why}`
}

function serviceColumns(now: number): readonly Column<readonly [string, ServiceStatus]>[] {
  return [
    { title: 'service', value: ([name, { plugin }]) => (plugin === null ? 'others' : name) },
    { title: 'plugin', value: ([, { plugin }]) => plugin },
    { title: 'schedule', value: ([, { schedule }]) => schedule },
    { title: 'from', value: ([, { origin }]) => origin },
    {
      title: 'next',
      value: ([, { next, isRunning }]) => (isRunning ? 'runs now' : next === null ? 'never' : `in ${timeSpan(next - now)}`),
      right: true,
    },
    { title: 'last', value: ([, { lastAt }]) => (lastAt === null ? null : `${timeSpan(now - lastAt)} ago`), right: true },
    { title: 'took', value: ([, { lastMs }]) => (lastMs === null ? null : `${(lastMs / 1000).toFixed(1)}s`), right: true },
    { title: 'runs', value: ([, { runs }]) => runs, right: true },
    { title: 'failed', value: ([, { failures }]) => failures, right: true },
    { title: 'skipped', value: ([, { skipped }]) => skipped, right: true },
  ]
}

function nameAndDrift(name: string | null, observed: string): string {
  if (name === null) return `none is pinned yet; the host calls itself ${observed}`
  return name === observed
    ? name
    : `${name}, but the host calls itself ${observed}: change it back, or pin anew with "rollcall cert pin ${observed}"`
}

async function tellWhatIsLeft(folder: string, options: AgentOptions): Promise<number> {
  const certFile = await certFileOf(folder, options)
  let name: string | null
  try {
    name = (await readCert(certFile))?.name ?? null
  } catch (error) {
    if (!(error instanceof CertError)) throw error
    tell(error.message)
    name = null
  }
  const waiting = (await new Spool(join(folder, 'spool'), { maxBytes: Number.POSITIVE_INFINITY }).list()).length
  if (options.json === true) printJson({ isRunning: false, folder, name, hostname: hostname(), spool: { waiting } })
  else
    print(
      [
        `no agent runs with ${folder}: start one with "rollcall agent start"`,
        ...(folder !== SERVICE_FOLDER && isService(SERVICE_FOLDER) ? ['the service of this machine: sudo rollcall agent status'] : []),
        `name      ${printable(nameAndDrift(name, hostname()))}`,
        `spool     ${waiting} waiting`,
      ].join('\n'),
    )
  return EXIT.unreachable
}

async function certFileOf(folder: string, options: AgentOptions): Promise<string> {
  try {
    return (await setup(options)).certFile
  } catch (error) {
    if (!(error instanceof ConfError)) throw error
    tell(error.message)
    return join(folder, 'cert')
  }
}
