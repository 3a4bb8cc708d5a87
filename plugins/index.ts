import type { Plugin } from './define.ts'

/** The built-in plugins, loaded on demand. Their order is the order of sections in a report. */
export const BUILTINS: Readonly<Record<string, () => Promise<{ readonly default: Plugin }>>> = {
  basic: () => import('./builtin/basic.ts'),
  board: () => import('./builtin/board.ts'),
  cpu: () => import('./builtin/cpu.ts'),
  memory: () => import('./builtin/memory.ts'),
  disk: () => import('./builtin/disk.ts'),
  filesystem: () => import('./builtin/filesystem.ts'),
  nic: () => import('./builtin/nic.ts'),
  software: () => import('./builtin/software.ts'),
  port: () => import('./builtin/port.ts'),
  service: () => import('./builtin/service.ts'),
  user: () => import('./builtin/user.ts'),
  container: () => import('./builtin/container.ts'),
  pci: () => import('./builtin/pci.ts'),
  lvm: () => import('./builtin/lvm.ts'),
  raid: () => import('./builtin/raid.ts'),
  bmc: () => import('./builtin/bmc.ts'),
  timesync: () => import('./builtin/timesync.ts'),
}

/** What runs when the settings name no plugins. The others talk to controllers or daemons, and are asked for by name. */
export const DEFAULTS: readonly string[] = [
  'basic',
  'board',
  'cpu',
  'memory',
  'disk',
  'filesystem',
  'nic',
  'software',
  'port',
  'service',
  'user',
  'container',
  'pci',
]
