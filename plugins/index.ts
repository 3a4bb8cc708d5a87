import type { Plugin } from './define.ts'

/** The built-in plugins, loaded on demand. Their order is the order of sections in a report. */
export const BUILTINS: Readonly<Record<string, () => Promise<{ readonly default: Plugin }>>> = {
  basic: () => import('./builtin/basic.ts'),
}

/** What runs when the settings name no plugins. The others talk to controllers, and are asked for by name. */
export const DEFAULTS: readonly string[] = ['basic']
