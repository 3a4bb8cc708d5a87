import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Queue } from '../../../collector/agent/queue.ts'
import { settled } from './manual-timing.ts'

/** A queue whose work ends when it is told to. */
function queueOf(together: boolean) {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const queue = new Queue<string>({
    work: async (jobs, signal) => {
      begun.push(jobs.join('+'))
      await new Promise<void>((resolve) => {
        ends.push(resolve)
        signal.addEventListener('abort', () => resolve())
      })
    },
    together,
    keyOf: (job) => job,
  })
  const end = async (): Promise<void> => {
    ends.shift()?.()
    await settled()
  }
  return { queue, begun, end }
}

suite('queue', () => {
  test('jobs that wait together run together, after those that run', async () => {
    const { queue, begun, end } = queueOf(true)
    for (const job of ['disk', 'nic']) queue.add(job)
    await settled()
    for (const job of ['software', 'raid']) queue.add(job)
    assert.deepEqual(begun, ['disk+nic'])
    await end()
    assert.deepEqual(begun, ['disk+nic', 'software+raid'])
  })

  test('one after the other, in their order', async () => {
    const { queue, begun, end } = queueOf(false)
    for (const job of ['a', 'b', 'c']) queue.add(job)
    await settled()
    assert.deepEqual(begun, ['a'])
    await end()
    await end()
    assert.deepEqual(begun, ['a', 'b', 'c'])
  })

  test('work that waits or runs is not doubled, and may come again when it has ended', async () => {
    const { queue, begun, end } = queueOf(true)
    assert.equal(queue.add('disk'), true)
    assert.equal(queue.add('disk'), false)
    await settled()
    assert.equal(queue.add('disk'), false)
    await end()
    assert.equal(queue.add('disk'), true)
    await settled()
    assert.deepEqual(begun, ['disk', 'disk'])
  })

  test('stop ends what runs, forgets what waits, and takes nothing more', async () => {
    const { queue, begun } = queueOf(false)
    for (const job of ['a', 'b']) queue.add(job)
    await settled()
    await queue.stop()
    assert.equal(queue.add('c'), false)
    await settled()
    assert.deepEqual(begun, ['a'])
    assert.deepEqual(queue.keys, [])
  })
})
