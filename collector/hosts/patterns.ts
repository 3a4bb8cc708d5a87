/** Whether a list of patterns of ssh_config(5) fits: one does, and none that begins with `!` does. */
export function fitsList(patterns: readonly string[], text: string): boolean {
  let isFound = false
  for (const pattern of patterns) {
    if (pattern.startsWith('!')) {
      if (fits(pattern.slice(1), text)) return false
    } else isFound ||= fits(pattern, text)
  }
  return isFound
}

/** `*` is any text, `?` one character. No regex: a pattern of many stars would make one take for ever. */
function fits(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let behindStar = 0
  let index = 0
  while (index < text.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++
      behindStar = index
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[index])) {
      at++
      index++
    } else if (star !== -1) {
      at = star + 1
      index = ++behindStar
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
