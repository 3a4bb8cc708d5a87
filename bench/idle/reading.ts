import { readdirSync, readFileSync } from 'node:fs'

/** What one process, all its threads together, has needed so far; times in ms. */
export interface Reading {
  readonly rssMb: number
  /** Shared pages, such as those of the program itself, by the share of each process that has them. */
  readonly pssMb: number
  /** Pages that it alone has, and that go with it. */
  readonly ownMb: number
  readonly cpuMs: number
  /** Of children that have ended, and theirs. */
  readonly childrenCpuMs: number
  /** Times that a thread went to sleep of its own accord: as often, it was woken. */
  readonly wakeUps: number
}

/** From smaps_rollup, stat and the status of each task (proc(5)); CPU in ticks of 10 ms. */
export function readProcess(pid: number): Reading {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const megabytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) / 1024
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number)
  const [user, system, childUser, childSystem] = stat.slice(11, 15) as [number, number, number, number] // proc_pid_stat(5): 14 to 17.
  const wakeUps = readdirSync(`/proc/${pid}/task`).map((task) => {
    const [, count] = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8')) ?? []
    return Number(count)
  })
  return {
    rssMb: megabytes('Rss'),
    pssMb: megabytes('Pss'),
    ownMb: megabytes('Private_Dirty') + megabytes('Private_Clean'),
    cpuMs: 10 * (user + system),
    childrenCpuMs: 10 * (childUser + childSystem),
    wakeUps: wakeUps.reduce((all, one) => all + one, 0),
  }
}

/** Watches the children of a process until `end`, which gives the largest that one of them was, in MB. */
export function watchChildren(pid: number): { readonly end: () => number } {
  let peakMb = 0
  const timer = setInterval(() => {
    for (const child of childrenOf(pid)) peakMb = Math.max(peakMb, peakOf(child))
  }, 20)
  return {
    end: () => {
      clearInterval(timer)
      return peakMb
    },
  }
}

function childrenOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    textOrNothing(`/proc/${pid}/task/${task}/children`)
      .split(' ')
      .filter((one) => one !== ''),
  )
}

function peakOf(pid: string): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(textOrNothing(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
}

/** A process may end between two looks at it. */
function textOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
