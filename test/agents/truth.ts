import { hash } from 'node:crypto'
import type { RawAnswer } from '../../plugins/answer.ts'
import type { Capture } from '../../plugins/frames.ts'

const MINUTE = 60_000

/** Accounts that come and go on a simulated host, each with a rhythm of its own. */
const GUESTS = [7, 13, 29, 61, 127] as const

/** The accounts of a simulated host at a time: always the same for the same host and time, whoever asks. */
export function accountsAt(host: string, time: number): string[] {
  const guests = GUESTS.filter((minutes) => {
    const turn = Math.floor(time / (minutes * MINUTE))
    return Number.parseInt(hash('sha256', `${host} ${minutes} ${turn}`, 'hex').slice(0, 2), 16) % 2 === 1
  })
  return ['root', ...guests.map((minutes) => `guest-${minutes}`)]
}

/** What such a host answers. */
export function captureAt(host: string, time: number): Capture {
  const passwd = accountsAt(host, time).map((name, index) => `${name}:x:${index === 0 ? 0 : 1000}:100::/home/${name}:/bin/sh\n`)
  const said = {
    'uname-fields': `Linux ${host} 6.1.0 x86_64\n`,
    'machine-id': `${hash('md5', host, 'hex')}\n`,
    'etc-passwd': passwd.join(''),
  }
  const answers = Object.entries(said).map(([probe, stdout]): [string, RawAnswer] => [probe, { exit: 0, stdout, stderr: '' }])
  return { probes: Object.fromEntries(answers), complete: true }
}

/** Rows that one report must leave in the history after another: an account that came or went is one. */
export function differences(before: readonly string[], after: readonly string[]): string[] {
  return [
    ...after.filter((name) => !before.includes(name)).map((name) => `added name=${name}`),
    ...before.filter((name) => !after.includes(name)).map((name) => `removed name=${name}`),
  ].toSorted()
}
