import { test } from 'node:test'
import type { Target } from '../../../collector/ssh/target.ts'
import { answerOf, shell, targetOf, threadOf } from './targets.ts'

/** A collector of its own for `left.test.ts`, which kills it: the host of ROLLCALL_TEST_TARGET runs a program that does not end. */
test('hangs', async (t) => {
  const own = JSON.parse(process.env['ROLLCALL_TEST_TARGET']!) as Partial<Target>
  const deadlines = { connectMs: 60_000, hostMs: 600_000 }
  await answerOf(targetOf({ ...own, deadlines }), threadOf(t, { plugins: [shell('sleep 1000 | cat', 600)] }))
})
