/**
 * A text as one line that `salt` reads back exactly. The program takes `name=value` apart only where there is no line end in it, reads the
 * value as YAML, and leaves it as it is where it holds a `#`: hence a double-quoted YAML string, which is JSON but for the longer escapes.
 */
export function yamlWord(value: string | number | boolean): string {
  if (typeof value !== 'string') return value === true ? 'True' : value === false ? 'False' : String(value)
  return JSON.stringify(value).replaceAll(/[#\u{7f}-\u{10ffff}]/gu, (one) => `\\U${one.codePointAt(0)!.toString(16).padStart(8, '0')}`)
}
