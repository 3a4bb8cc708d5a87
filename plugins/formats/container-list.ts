import { ParseError } from '../errors.ts'
import { cellsOf } from './columns.ts'
import { lines } from './text.ts'

export const STATES = ['running', 'paused', 'restarting', 'created', 'exited', 'dead', 'removing'] as const

export interface Container {
  readonly id: string
  readonly name: string | null
  readonly image: string | null
  readonly createdAt: string | null
  readonly ports: string[] | null
  readonly state: (typeof STATES)[number] | null
}

/** Tab-separated id, names, image, time of creation, status and ports, as the templates of `docker ps` and `podman ps` give them. */
export function readContainers(text: string): Container[] {
  const containers = new Map<string, Container>()
  for (const line of lines(text)) {
    const [id = '', names = '', image = '', createdAt = '', status = '', ports = ''] = cellsOf(line)
    if (!/^[0-9a-f]{12,64}$/.test(id)) throw new ParseError('expected the id of a container', line)
    const state = stateOf(status)
    containers.set(id, {
      id,
      name: nameOf(names),
      // The tag was given to another image since: docker shows the bare id then.
      image: image === '' || /^(?:sha256:)?[0-9a-f]{12,64}$/.test(image) ? null : image,
      createdAt: timeOf(createdAt),
      // Of a container that does not run neither engine shows them.
      ports: state === 'running' || state === 'paused' ? publishedOf(ports) : null,
      state,
    })
  }
  return [...containers.values()]
}

/** Its own name; `other/alias` are names that legacy links gave it. */
function nameOf(names: string): string | null {
  return names.split(',', 100).find((name) => name !== '' && !name.includes('/')) ?? null
}

/** `2024-06-01 10:00:00.5 +0200 CEST` as RFC 3339 in UTC, to the second. */
function timeOf(text: string): string | null {
  const [, day, time, hours, minutes] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,9})? ([+-]\d\d)(\d\d)\b/.exec(text) ?? []
  const at = new Date(`${day}T${time}${hours}:${minutes}`)
  return day === undefined || Number.isNaN(at.getTime()) ? null : `${at.toISOString().slice(0, 19)}Z`
}

/** `0.0.0.0:80->80/tcp`; docker before 25 writes `:::80` for `[::]:80`. Ports that are exposed but not published have no arrow. */
function publishedOf(ports: string): string[] {
  const published = ports.split(', ').filter((port) => port.includes('->'))
  return [...new Set(published.map((port) => (port.startsWith(':::') ? `[::]:${port.slice(3)}` : port)))]
}

/** The word before the time that passed: `Up 2 hours (Paused)`, `Exited (0) 3 days ago`. */
function stateOf(status: string): Container['state'] {
  const word = status.split(' ', 1)[0]!.toLowerCase()
  if (word === 'up') return status.endsWith('(Paused)') ? 'paused' : 'running'
  if (word === 'removal') return 'removing'
  if (word === 'initialized' || word === 'configured') return 'created'
  return STATES.find((state) => state === word) ?? null
}
