import { textOf, type Answer } from '../answer.ts'
import { lines } from './text.ts'

type Answers = Readonly<Record<'signs' | 'systemd-container' | 'proc-version' | 'pid1-cgroup' | 'init-name' | 'pid2-comm', Answer>>

/**
 * What kind of container this is: in systemd's words (docker, podman, lxc, systemd-nspawn, openvz, wsl), `other` where only that it is one is
 * certain, `none` where it is none, null where the host could not tell.
 */
export function containerOf(answers: Answers): string | null {
  const signs = lines(textOf(answers.signs) ?? '')
  const said = signs.find((line) => line.startsWith('container='))?.slice('container='.length) ?? textOf(answers['systemd-container'])
  if (said !== null && /^[\w-]{1,40}$/.test(said.trim())) return said.trim()
  // OpenVZ's host has /proc/bc besides.
  if (signs.includes('/proc/vz') && !signs.includes('/proc/bc')) return 'openvz'
  if (/microsoft/i.test(textOf(answers['proc-version']) ?? '')) return 'wsl'
  const cgroup = textOf(answers['pid1-cgroup']) ?? ''
  const grouped = CGROUPS.find(([pattern]) => pattern.test(cgroup))?.[1]
  if (grouped !== undefined) return grouped
  // The kernel's own threads are seen in the first process namespace alone. An image of a container that was made the disk of a virtual
  // machine keeps its /.dockerenv, so that it proves nothing there.
  if (textOf(answers['pid2-comm'])?.trim() === 'kthreadd') return 'none'
  if (answers['pid2-comm'].status !== 'ok' && answers['pid2-comm'].status !== 'absent') return null
  const marked = MARKS.find(([path]) => signs.includes(path))?.[1]
  if (marked !== undefined) return marked
  // With hidepid, nobody but root sees the first process, so that a missing second one says nothing.
  return textOf(answers['init-name']) !== null ? 'other' : null
}

/** Paths in /proc/1/cgroup; behind a namespace of its own (cgroup 2) it says "/". */
const CGROUPS: readonly (readonly [pattern: RegExp, container: string])[] = [
  [/\/libpod[-_]/, 'podman'],
  [/\/docker[-/]|\/system\.slice\/docker-/, 'docker'],
  [/\/kubepods|\/cri-containerd|\/crio-/, 'kubernetes'],
  [/\/lxc(?:\.payload)?[./]/, 'lxc'],
  [/\/machine\.slice\/systemd-nspawn|\/machine\.slice\/machine-/, 'systemd-nspawn'],
]

const MARKS: readonly (readonly [path: string, container: string])[] = [
  ['/run/.containerenv', 'podman'],
  ['/.dockerenv', 'docker'],
  ['/dev/lxd/sock', 'lxc'],
  ['/dev/.lxc-boot-id', 'lxc'],
]
