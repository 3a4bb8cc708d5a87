import { milliseconds } from '../conf/duration.ts'
import { UsageError } from './errors.ts'
import { table } from './table.ts'

/** As the API has it: by name of the service, the plugin and the seconds from one run to the next. */
export type Services = Readonly<Record<string, readonly [plugin: string, intervalSeconds: number]>>

/** One service as a person writes it: `disks=disk:15m`, or `disk:15m` where it is to be called like the plugin. */
export function readService(text: string): [name: string, service: Services[string]] {
  const [, name, plugin = '', interval = ''] = /^(?:(.+)=)?([^=:]+):([1-9]\d{0,5}[smhd])$/.exec(text) ?? []
  if (plugin === '')
    throw new UsageError(`${JSON.stringify(text)} is no service: write NAME=PLUGIN:INTERVAL as in disks=disk:15m, with s, m, h or d`)
  return [name ?? plugin, [plugin, milliseconds(interval) / 1000]]
}

/** Seconds in the largest unit that fits: `90s`, `15m`, `1h`, `7d`. */
export function showInterval(seconds: number): string {
  const [size, unit] = (
    [
      [86_400, 'd'],
      [3600, 'h'],
      [60, 'm'],
    ] as const
  ).find(([one]) => seconds % one === 0) ?? [1, 's']
  return `${seconds / size}${unit}`
}

export function servicesTable(services: Services): string {
  return table(Object.entries(services), [
    { title: 'SERVICE', value: ([name]) => name },
    { title: 'PLUGIN', value: ([, [plugin]]) => plugin },
    { title: 'EVERY', value: ([, [, seconds]]) => showInterval(seconds), right: true },
  ])
}
