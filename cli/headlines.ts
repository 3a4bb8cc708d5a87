import type { Section } from '../cmdb-api/contract.ts'
import type { Fields } from '../plugins/items.ts'
import { printable } from './text.ts'

/** A section's data in a few words, for the built-in plugins that people look at first. */
const HEADLINES: Readonly<Record<string, (data: Fields) => (string | null)[]>> = {
  basic: ({ osPrettyName, osName, kernel, arch, virtualization }) => [
    text(osPrettyName) ?? text(osName),
    `kernel ${text(kernel) ?? '?'}`,
    text(arch),
    virtualization === 'none' ? null : text(virtualization),
  ],
  board: ({ vendor, product, serial }) => [text(vendor), text(product), serial === null ? null : `serial ${text(serial)}`],
  cpu: ({ models, sockets, cores, threads }) => [set(models), count(sockets, 'socket'), count(cores, 'core'), count(threads, 'thread')],
  memory: ({ onlineBytes, totalBytes, modules }) => [
    bytes(onlineBytes) ?? bytes(totalBytes),
    Array.isArray(modules) ? count(modules.length, 'module') : null,
  ],
  disk: ({ disks }) => [
    count(items(disks).length, 'disk'),
    ...items(disks)
      .slice(0, 3)
      .map(({ model, serial, sizeBytes }) => [text(model) ?? text(serial), bytes(sizeBytes)].filter((one) => one !== null).join(' ')),
  ],
  filesystem: ({ filesystems }) => [
    count(items(filesystems).length, 'file system'),
    set(items(filesystems).map(({ mountPoint }) => mountPoint)),
  ],
  nic: ({ interfaces }) => [
    count(items(interfaces).length, 'interface'),
    ...items(interfaces)
      .flatMap(({ name, ipv4 }) => (set(ipv4) === null || name === 'lo' ? [] : [`${text(name)} ${set(ipv4)}`]))
      .slice(0, 3),
  ],
}

/** What was found, a line for each section. */
export function headlines(sections: Readonly<Record<string, Section>>): string[] {
  const width = Math.max(...Object.keys(sections).map((name) => name.length))
  return Object.entries(sections).map(([name, { status, reason, data = {} }]) => {
    const what =
      status === 'ok'
        ? (HEADLINES[name] ?? lists)(data as Fields).filter((one) => one !== null && one !== '')
        : [`${status}: ${reason ?? ''}`]
    return printable(`  ${name.padEnd(width)}  ${what.join(', ')}`)
  })
}

/** How much there is of everything. */
function lists(data: Fields): (string | null)[] {
  return Object.entries(data).flatMap(([field, value]) =>
    Array.isArray(value) && (value.length > 0 || Object.keys(data).length === 1)
      ? [`${value.length} ${field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`]
      : [],
  )
}

function items(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : []
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function set(value: unknown): string | null {
  return Array.isArray(value) && value.length > 0 ? value.slice(0, 4).join(' ') : null
}

function count(value: unknown, word: string): string | null {
  return typeof value === 'number' ? `${value} ${word}${value === 1 ? '' : 's'}` : null
}

/** In powers of 1024, as memory and disks are bought and mounted. */
function bytes(value: unknown): string | null {
  if (typeof value !== 'number') return null
  const power = Math.min(5, Math.floor(Math.log2(Math.max(1, value)) / 10))
  return `${Number((value / 1024 ** power).toFixed(1))} ${['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][power]}`
}
