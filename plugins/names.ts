/**
 * An ordered list of names as settings write it: `...` is the default list, `-x` drops x wherever it stands. Each name once, at its
 * first place.
 */
export function expandNames(names: readonly string[], defaults: readonly string[]): string[] {
  const dropped = new Set(droppedNames(names))
  const wanted = names.flatMap((name) => (name === '...' ? defaults : name.startsWith('-') ? [] : [name]))
  return [...new Set(wanted)].filter((name) => !dropped.has(name))
}

/** The names that a list drops. */
export function droppedNames(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith('-')).map((name) => name.slice(1))
}

/** `./rack.ts`, `../rack.ts` or `/etc/rollcall/rack.ts`, and no package. */
export function isFileName(name: string): boolean {
  return /^(\.{0,2})\//.test(name)
}
