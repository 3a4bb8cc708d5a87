import type { Settings } from './schema.ts'

export type { Settings } from './schema.ts'

type Partly<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [K in keyof T]?: Partly<T[K]> } : T

/** What a settings file may say: any part of the settings; the rest comes from weaker layers. */
export type SettingsInput = Partly<Settings>

/** Settings, typed: `export default defineConfig({ ... })` in `rollcall.config.ts`. */
export function defineConfig(settings: SettingsInput): SettingsInput {
  return settings
}
