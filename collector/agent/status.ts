import { hostname } from 'node:os'
import { join } from 'node:path'
import { readCert } from '../cert.ts'
import { CertError } from '../errors.ts'
import type { Agent } from './agent.ts'
import type { Receipted } from './errand.ts'
import type { ServiceStatistics } from './statistics.ts'

/** What a running agent says of itself; times in milliseconds since 1970. */
export interface AgentStatus {
  readonly pid: number
  readonly version: string
  readonly startedAt: number
  readonly folder: string
  /** Settings files in force. */
  readonly files: readonly string[]
  /** The pinned name; null before the first posted collection. */
  readonly name: string | null
  /** What the host calls itself now. */
  readonly hostname: string
  /** By name of the line in the plan. */
  readonly services: Readonly<Record<string, ServiceStatus>>
  /** Tasks that people asked for, waiting or under way. */
  readonly tasks: readonly string[]
  /** The last ones, oldest first. */
  readonly receipts: readonly (Receipted & { readonly at: number })[]
  readonly spool: { readonly waiting: number; readonly dropped: number }
  /** What is wrong, by subject. */
  readonly complaints: Readonly<Record<string, string>>
}

export interface ServiceStatus extends ServiceStatistics {
  /** null: all plugins without a line of their own. */
  readonly plugin: string | null
  readonly origin: string
  readonly schedule: string
  /** null: never again. */
  readonly next: number | null
  readonly isRunning: boolean
}

export interface AgentFacts {
  readonly version: string
  readonly startedAt: number
  readonly folder: string
  readonly files: readonly string[]
  readonly certFile: string
}

export async function statusOf(agent: Agent, { certFile, ...facts }: AgentFacts): Promise<AgentStatus> {
  const { upcoming, running, statistics } = agent
  const services = [...agent.plan].map(([name, { plugin, origin, schedule }]): [string, ServiceStatus] => [
    name,
    {
      plugin,
      origin,
      schedule: schedule.text,
      next: upcoming.get(name) ?? null,
      isRunning: running.includes(name),
      ...statistics.of(name),
    },
  ])
  return {
    ...facts,
    pid: process.pid,
    name: await pinnedName(certFile),
    hostname: hostname(),
    services: Object.fromEntries(services),
    tasks: agent.tasks,
    receipts: statistics.receipts,
    spool: { waiting: await waitingIn(facts.folder), dropped: statistics.dropped },
    complaints: Object.fromEntries(agent.complaints.open),
  }
}

/** Counted when somebody asks: other processes put reports there, too. What it takes is loaded then. */
async function waitingIn(folder: string): Promise<number> {
  const { Spool } = await import('../spool.ts')
  return (await new Spool(join(folder, 'spool'), { maxBytes: Number.POSITIVE_INFINITY }).list()).length
}

/** A broken cert is complained about by each collection. */
async function pinnedName(certFile: string): Promise<string | null> {
  try {
    return (await readCert(certFile))?.name ?? null
  } catch (error) {
    if (error instanceof CertError) return null
    throw error
  }
}
