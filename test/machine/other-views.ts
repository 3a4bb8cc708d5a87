import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * This machine as its own programs show it, read in the plainest way: for comparison only, and with none of the plugins' code.
 */

export function osRelease(): Record<string, string> {
  const lines = readFileSync('/etc/os-release', 'utf8').split('\n')
  const pairs = lines.map((line) => line.split('=')).filter(([name, value]) => name !== undefined && value !== undefined)
  return Object.fromEntries(pairs.map(([name, ...value]) => [name!, value.join('=').replaceAll('"', '')]))
}

/** Host name, kernel release and machine. */
export function uname(): string[] {
  return ['-n', '-r', '-m'].map((option) => out('uname', option).trim())
}

export function lscpu(): { sockets: number; cores: number; threads: number; vendor: string; models: string[] } {
  const online = out('lscpu', '-p=CPU,CORE,SOCKET')
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(','))
  const count = (column: number) => new Set(online.map((row) => row[column])).size
  const shown = out('lscpu')
    .split('\n')
    .map((line) => line.trim().split(/:\s+/, 2) as [string, string])
  const all = (field: string) => shown.filter(([name]) => name === field).map(([, value]) => value)
  return { threads: count(0), cores: count(1), sockets: count(2), vendor: all('Vendor ID')[0]!, models: all('Model name') }
}

export function free(): { totalBytes: number; swapBytes: number } {
  const rows = out('free', '-b')
    .split('\n')
    .map((line) => line.split(/\s+/))
  const [total, swap] = ['Mem:', 'Swap:'].map((name) => Number(rows.find(([first]) => first === name)![1]))
  return { totalBytes: total!, swapBytes: swap! }
}

/** Whole disks, without what is made of memory or files. */
export function lsblk(): { name: string; sizeBytes: number; serial: string | null; removable: boolean }[] {
  interface Row {
    name: string
    size: number | string
    serial: string | null
    rm: boolean | string
    type: string
  }
  const { blockdevices } = JSON.parse(out('lsblk', '-J', '-b', '-d', '-o', 'NAME,SIZE,SERIAL,RM,TYPE')) as { blockdevices: Row[] }
  return blockdevices
    .filter(({ type, name }) => type === 'disk' && !/^(zram|ram|nbd|loop)/.test(name))
    .map(({ name, size, serial, rm }) => ({ name, sizeBytes: Number(size), serial, removable: rm === true || rm === '1' }))
}

/** File systems on disks of this machine. */
export function df(): { mountPoint: string; sizeBytes: number }[] {
  const rows = out('df', '-P', '-k', '-l', '-T')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/))
  return rows
    .filter(([device, type]) => device!.startsWith('/dev/') && type !== 'squashfs' && type !== 'devtmpfs')
    .map(([, , kilobytes, , , , ...mountPoint]) => ({ mountPoint: mountPoint.join(' '), sizeBytes: Number(kilobytes) * 1024 }))
}

/** Interfaces with their addresses, without temporary ones and those that are made from the hardware address. */
export function ip(): { name: string; mtu: number; ipv4: string[]; ipv6: string[] }[] {
  interface Address {
    readonly family: string
    readonly local: string
    readonly prefixlen: number
    readonly temporary?: boolean
  }
  const links = JSON.parse(out('ip', '-j', 'addr')) as { ifname: string; mtu: number; addr_info: Address[] }[]
  const of = (addresses: readonly Address[], wanted: string) =>
    addresses
      .filter(({ family, temporary, local }) => family === wanted && temporary !== true && !local.startsWith('fe80:'))
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`)
      .toSorted()
  return links.map(({ ifname, mtu, addr_info: all }) => ({ name: ifname, mtu, ipv4: of(all, 'inet'), ipv6: of(all, 'inet6') }))
}

/** Packages whose files are there: `name version arch`. */
export function dpkg(): string[] {
  return out('dpkg', '-l')
    .split('\n')
    .filter((line) => /^[a-z][iFUHWt]. /.test(line))
    .map((line) => {
      const [, name, version, arch] = line.split(/\s+/)
      return `${name!.split(':', 1)[0]} ${version} ${arch}`
    })
}

function out(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', COLUMNS: '1000' },
    maxBuffer: 64 * 1024 * 1024,
  })
}
