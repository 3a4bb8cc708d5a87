/** The regular expressions of a TypeScript text, as they stand in it. Comments, strings and templates are passed over. */
export function regexesIn(source: string): string[] {
  const found: string[] = []
  let before = ''
  // One token at a time: what may stand for a regular expression depends on the token before it.
  const token =
    /\/\/.*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[^])*`|\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[\w$]+|[^\s]/g
  for (const match of source.matchAll(token)) {
    const [text] = match
    if (text.startsWith('//') || text.startsWith('/*')) continue
    if (text.length > 1 && text.startsWith('/') && mayBegin(before)) found.push(text)
    before = text
  }
  return found
}

/** Whether a slash after this token begins a regular expression, rather than dividing. */
function mayBegin(before: string): boolean {
  return /^(?:[(,=:[!&|?{};>+-]|return|case|typeof|)$/.test(before)
}

/** Whether a group that repeats without bound holds something that repeats itself: time may then double with every character. */
export function hasNestedQuantifier(pattern: string): boolean {
  const open: boolean[] = [false]
  const token = /\\.|\[(?:[^\]\\]|\\.)*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>))?|\)|[*+]|\{\d+(?:,\d*)?\}|./g
  let last = false
  for (const [text] of pattern.matchAll(token)) {
    if (text.startsWith('(')) open.push(false)
    else if (text === ')') {
      last = open.pop() === true
      if (open.length === 0) return false // No pattern that compiles.
      if (last) open[open.length - 1] = true
      continue
    } else if (/^(?:[*+]|\{.*\})$/.test(text)) {
      const unbounded = !/^\{\d+(?:,\d+)?\}$/.test(text)
      if (unbounded && last) return true
      if (unbounded || /,\d+\}$/.test(text)) open[open.length - 1] = true
    }
    last = false
  }
  return false
}
