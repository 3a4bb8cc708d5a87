import type { Answer } from './answer.ts'
import type { Answers, Probes } from './define.ts'

/**
 * The same reader, which remembers its last result: who a host is, and several of its sections, are read from the same answers one after the
 * other. Everybody is given the same object, which nobody may change. What it throws is not remembered.
 *
 * @param probes those whose answers it reads
 */
export function rememberLast<const P extends Probes, Result>(
  probes: P,
  read: (answers: Answers<P>) => Result,
): (answers: Answers<P>) => Result {
  const names: readonly (keyof P)[] = Object.keys(probes)
  let last: { readonly answers: readonly Answer[]; readonly result: Result } | null = null
  return (answers) => {
    const given = names.map((name) => answers[name])
    const known = last
    if (known !== null && given.every((answer, index) => isSame(answer, known.answers[index]!))) return known.result
    last = null
    const result = read(answers)
    last = { answers: given, result }
    return result
  }
}

function isSame(a: Answer, b: Answer): boolean {
  if (a.status === 'ok') return b.status === 'ok' && a.text === b.text
  return a.status === b.status && a.reason === b.reason
}
