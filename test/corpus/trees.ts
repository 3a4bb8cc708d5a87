import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RawAnswer } from '../../plugins/answer.ts'
import type { Probes } from '../../plugins/define.ts'

/** A recorded /proc and /sys, unpacked. */
export interface Tree {
  readonly root: string
}

const unpacked = new Map<string, Tree>()

/** Unpacks a case's `sysfs.tar.gz`, once per process. */
export function treeOf(folder: string): Tree | null {
  const archive = join(folder, 'sysfs.tar.gz')
  if (!existsSync(archive)) return null
  const known = unpacked.get(archive)
  if (known !== undefined) return known
  const root = mkdtempSync(join(tmpdir(), 'rollcall-tree-'))
  if (unpacked.size === 0) process.once('exit', removeAll)
  unpacked.set(archive, { root })
  execFileSync('tar', ['-xzf', archive, '-C', root, '--no-same-owner', '--delay-directory-restore'])
  // /sys has folders that nobody may write and files that only root may read, and both are recorded so.
  execFileSync('chmod', ['-R', 'u+rwX', root])
  return { root }
}

function removeAll(): void {
  for (const { root } of unpacked.values()) rmSync(root, { recursive: true, force: true })
}

/**
 * What the probes would have answered on the machine that the tree is from: `file` probes of /proc and /sys, those of `files`, and the `sh` probes named
 * `sysfs-*` or `proc-*`, which read nothing else. The others would look at the machine of the tests.
 */
export function answersFrom({ root }: Tree, probes: Probes): Record<string, RawAnswer> {
  const answers: Record<string, RawAnswer> = {}
  for (const [name, probe] of Object.entries(probes)) {
    if ('file' in probe && /^\/(?:proc|sys)\//.test(probe.file)) {
      const text = readText(root + probe.file)
      if (text !== null) answers[name] = { exit: 0, stdout: text, stderr: '' }
    } else if ('files' in probe) {
      const { stdout } = spawnSync('sh', ['-c', `grep -Hs '' ${probe.files.map((glob) => root + glob).join(' ')}`], {
        encoding: 'utf8',
        maxBuffer: 2 ** 26,
      })
      if (stdout !== '') answers[name] = { exit: 0, stdout: stdout.replaceAll(root, ''), stderr: '' }
    } else if ('sh' in probe && /^(?:sysfs|proc)-/.test(name)) {
      const script = probe.sh.replace(/(?<![\w./$}-])\/(?=(?:proc|sys)(?:\/|$))/gm, `${root}/`)
      const { status, stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8', maxBuffer: 2 ** 26, cwd: root })
      if (stdout !== '') answers[name] = { exit: status ?? 'timeout', stdout: stdout.replaceAll(root, ''), stderr: '' }
    }
  }
  return answers
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // Not recorded: the probe is absent, as it is on a host without that file.
  }
}
