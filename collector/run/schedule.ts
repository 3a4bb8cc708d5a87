/** One thing to be done, in a group of which only so many may be done at once: all hosts behind one gateway, or of one subnet. */
export interface Task {
  readonly group: string
}

export interface Limits {
  /** Tasks at once altogether. */
  readonly concurrency: number
  /** Tasks at once in one group. */
  readonly ofGroup: (group: string) => number
}

export interface Retrying<R> {
  /** Waits before the second, third, ... try, in milliseconds; as many tries follow the first. */
  readonly waits: readonly number[]
  readonly worthwhile: (result: R) => boolean
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
  /** From 0 to less than 1: no two hosts come back at the same moment. */
  readonly random: () => number
}

export interface Scheduling<T extends Task, R> {
  readonly tasks: readonly T[]
  readonly limits: Limits
  /** Never rejects: what goes wrong with a host is a result. */
  readonly work: (task: T) => Promise<R>
  readonly retrying: Retrying<R>
  /** A task waits for another try after such a result; null: it does no longer. */
  readonly onResting?: (task: T, result: R | null) => void
  /** The final result of a task, as soon as it is known. */
  readonly onResult: (task: T, result: R) => void
  /** Ends the run: nothing new is begun. */
  readonly signal: AbortSignal
}

/** Waits before so many further tries, in milliseconds, before they are spread at random. */
export function retryWaits(retries: number): number[] {
  return Array.from({ length: retries }, (_, index) => Math.min(2_000 * 4 ** index, 32_000))
}

interface Group<T> {
  readonly name: string
  readonly pending: T[]
  running: number
}

/**
 * Works through many tasks, many at a time. Groups take turns, so that a slow site does not hold up the others. A task that waits for another
 * try holds no place.
 *
 * @returns the tasks that were not begun when the signal came
 */
export async function schedule<T extends Task, R>({
  tasks,
  limits,
  work,
  retrying,
  onResting,
  onResult,
  signal,
}: Scheduling<T, R>): Promise<T[]> {
  const groups = new Map<string, Group<T>>()
  const turns: Group<T>[] = []
  const tries = new Map<T, number>()
  let running = 0
  /** Tasks that wait for another try. */
  let resting = 0
  let left = tasks.length
  const { promise: done, resolve: finish } = Promise.withResolvers<void>()

  function enqueue(task: T): void {
    let group = groups.get(task.group)
    if (group === undefined) groups.set(task.group, (group = { name: task.group, pending: [], running: 0 }))
    group.pending.push(task)
    if (group.pending.length === 1 && group.running < limits.ofGroup(group.name)) turns.push(group)
  }

  function pump(): void {
    while (!signal.aborted && running < limits.concurrency) {
      const group = turns.shift()
      const task = group?.pending.shift()
      if (group === undefined || task === undefined) break
      group.running += 1
      running += 1
      if (group.pending.length > 0 && group.running < limits.ofGroup(group.name)) turns.push(group)
      void follow(task, group)
    }
    if (left === 0 || (signal.aborted && running === 0 && resting === 0)) finish()
  }

  async function follow(task: T, group: Group<T>): Promise<void> {
    const result = await work(task)
    running -= 1
    group.running -= 1
    if (group.pending.length > 0 && group.running === limits.ofGroup(group.name) - 1) turns.push(group)
    const tried = tries.get(task) ?? 0
    const wait = retrying.waits[tried]
    if (wait !== undefined && !signal.aborted && retrying.worthwhile(result)) {
      tries.set(task, tried + 1)
      resting += 1
      onResting?.(task, result)
      void retrying.wait(wait * (0.5 + retrying.random()), signal).then(() => {
        resting -= 1
        onResting?.(task, null)
        if (signal.aborted) settle(task, result)
        else enqueue(task)
        pump()
      })
    } else settle(task, result)
    pump()
  }

  function settle(task: T, result: R): void {
    left -= 1
    onResult(task, result)
  }

  for (const task of tasks) enqueue(task)
  signal.addEventListener('abort', pump, { once: true })
  pump()
  await done
  signal.removeEventListener('abort', pump)
  return [...groups.values()].flatMap(({ pending }) => pending)
}
