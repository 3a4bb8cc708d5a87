import { EntryError } from './errors.ts'

/**
 * Words as ssh_config(5) and Ansible's INI inventories have them: separated by space, in single or double quotes where they hold some, a backslash
 * before a quote, a space or a backslash; the rest of the line behind a word that begins with `#` is a comment.
 *
 * @throws {EntryError} where a quote is not closed
 */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!
    const next = line[at + 1] ?? ''
    if (char === '\\' && next !== '' && (next === quote || next === '\\' || (quote === '' && /["' ]/.test(next)))) {
      word = (word ?? '') + next
      at++
    } else if (quote !== '') {
      if (char === quote) quote = ''
      else word = (word ?? '') + char
    } else if (char === '"' || char === "'") {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else if (char === '#' && word === null) break
    else word = (word ?? '') + char
  }
  if (quote !== '') throw new EntryError('a quote is not closed in this line')
  return word === null ? words : [...words, word]
}
