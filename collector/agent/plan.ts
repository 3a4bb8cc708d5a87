import type { Settings } from '../../conf/schema.ts'
import type { Central } from './central.ts'
import { readSchedule, type Schedule } from './schedule.ts'

/** One line of an agent's plan. */
export interface Service {
  /** A plugin, or null: all plugins of the settings that have no line of their own. */
  readonly plugin: string | null
  /** The settings, or the template or group that decided. */
  readonly origin: string
  readonly schedule: Schedule
}

/** By name: of the API's services, or of the plugin. */
export type Plan = ReadonlyMap<string, Service>

/** The line of all plugins that have none of their own. */
export const OTHERS = '*'

/**
 * What runs when. As soon as the API decides anything about this host, that alone holds, and the schedule of the settings waits for the day it
 * decides nothing again: a plugin that somebody took out in the centre must not go on because of a line in a file.
 *
 * @param spread this host's place in its fleet, from 0 to less than 1
 * @throws {ScheduleError}
 */
export async function planOf(agent: Settings['agent'], jitterMs: number, central: Central | null, spread: number): Promise<Plan> {
  const place = { spread, jitterMs }
  const decided = Object.entries(central?.services ?? {})
  if (decided.length > 0) {
    const lines = decided.map(async ([name, [plugin, seconds]]): Promise<[string, Service]> => {
      return [name, { plugin, origin: central?.origins[name] ?? 'api', schedule: await readSchedule(`${seconds}s`, place) }]
    })
    return new Map(await Promise.all(lines))
  }
  const own = Object.entries(agent.plugins).map(async ([plugin, text]): Promise<[string, Service]> => {
    return [plugin, { plugin, origin: 'settings', schedule: await readSchedule(text, place) }]
  })
  const others: [string, Service] = [OTHERS, { plugin: null, origin: 'settings', schedule: await readSchedule(agent.every, place) }]
  return new Map([...(await Promise.all(own)), others])
}

/** Which plugins one run is about. */
export interface Selection {
  readonly plugins: readonly string[]
  /** Also all plugins of the settings, but for these; null: no others. */
  readonly othersBut: readonly string[] | null
}

/** All that is due together, each plugin once. */
export function selectionOf(plan: Plan, due: readonly string[]): Selection {
  const services = due.flatMap((name) => plan.get(name) ?? [])
  const named = [...plan.values()].flatMap(({ plugin }) => plugin ?? [])
  return {
    plugins: [...new Set(services.flatMap(({ plugin }) => plugin ?? []))],
    othersBut: services.some(({ plugin }) => plugin === null) ? named : null,
  }
}
