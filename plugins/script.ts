import { DEFAULT_TIMEOUT_SECONDS } from './answer.ts'
import type { Probe, Probes } from './define.ts'
import { PluginError } from './errors.ts'
import { folderOf, isGlob, keyOf, keysOf, PLAIN_PATH } from './globs.ts'
import { READ_FILES } from './script-files.ts'

export interface ScriptOptions {
  /** Random hex text that no host can guess, so that nothing a program prints is taken for a frame mark. */
  readonly nonce: string
  /** As another user than root: run everything once more through `sudo -n`, where it allows that without a password. */
  readonly become?: 'sudo' | undefined
  /** After each probe, print the CPU time of all children so far on stderr, as the shell's `times` does. */
  readonly times?: boolean | undefined
}

/** It is a file name, a word of the script and a column of reports. A probe of a file may bear the file's: `etc-SuSE-release`, `etc-debian_version`. */
export const PROBE_NAME = /^[A-Za-z0-9][\w-]*$/

/**
 * One POSIX sh text that answers every probe, for `sh -s` on standard input: one connection and one exec per host. Runs on dash, bash, ksh
 * and BusyBox ash; writes nothing, ends with its session, leaves no process behind, and does nothing at all when it arrives cut short.
 *
 * Each probe is a child of the shell, ended at its own time limit by a clock that ticks once a second: no `timeout` program, of which there
 * are three dialects. What cannot be ended (a process stuck in the kernel) is left behind, never waited for. Files are read together by one grep.
 */
export function buildScript(probes: Probes, { nonce, become, times }: ScriptOptions): string {
  if (!/^[0-9a-f]{8,64}$/.test(nonce)) throw new TypeError('nonce must be 8 to 64 hex digits')
  const asked = Object.entries(probes).filter(([, probe]) => !('recorded' in probe))
  const files = asked.filter(([, probe]) => isOfFiles(probe)).map(read)
  // The time limit is a probe's declared risk: cheap ones first, so that a cut stream holds as much as it can.
  const rest = asked.filter(([, probe]) => !isOfFiles(probe)).toSorted(([, a], [, b]) => limit(a) - limit(b))
  const gathered = ['files_() {', ...files, ':', '}', 'files_; g _files']
  // What is not there is said before anything is asked: a plugin that waits for its last answer could be read meanwhile.
  const body = [preamble(nonce, times === true), ...gathered, ...rest.flatMap(need), ...rest.map(call), 'done_'].join('\n')
  if (become === undefined) return `rollcall() {\n${body}\n}\nrollcall\n`
  return `rollcall=${quote(body)}\n${BECOME}\n`
}

/** Merges the probes of several plugins: each name once. */
export function mergeProbes(all: Iterable<readonly [owner: string, probes: Probes]>): Probes {
  const merged: Record<string, Probe> = {}
  const owners: Record<string, string> = {}
  for (const [owner, probes] of all) {
    for (const [name, probe] of Object.entries(probes)) {
      if (!PROBE_NAME.test(name)) throw new PluginError(`probe ${name} of ${owner}: a name is letters, digits, hyphens and underscores`)
      const known = merged[name]
      if (known !== undefined && known !== probe && JSON.stringify(known) !== JSON.stringify(probe)) {
        throw new PluginError(`probe ${name} means one thing in ${owners[name]} and another in ${owner}: give one of them another name`)
      }
      merged[name] = probe
      owners[name] ??= owner
    }
  }
  assertReadOnce(merged, owners)
  return merged
}

/** All files are read by one grep, and told apart by their paths. */
function assertReadOnce(probes: Probes, owners: Readonly<Record<string, string>>): void {
  const readBy = new Map<string, string>()
  const claim = (name: string, reach: string, others: readonly string[]): void => {
    const other = others.map((one) => readBy.get(one)).find((one) => one !== undefined && one !== name)
    if (other !== undefined)
      throw new PluginError(`probes ${other} of ${owners[other]} and ${name} of ${owners[name]} read the same file: give them one name`)
    readBy.set(reach, name)
  }
  for (const [name, probe] of Object.entries(probes))
    if ('files' in probe) for (const glob of probe.files) claim(name, keyOf(glob), [keyOf(glob)])
  for (const [name, probe] of Object.entries(probes)) if ('file' in probe) claim(name, probe.file, [probe.file, ...keysOf(probe.file)])
}

function isOfFiles(probe: Probe): boolean {
  return 'file' in probe || 'files' in probe
}

function read([name, probe]: [string, Probe]): string {
  if ('file' in probe) return `f ${name} ${path(name, probe.file)} ${rootMark(probe)}`
  if (!('files' in probe)) throw new PluginError(`probe ${name} reads no file`)
  const wrong = probe.files.find((glob) => !isGlob(glob))
  if (wrong !== undefined)
    throw new PluginError(`probe ${name}: ${wrong} is not an absolute path with wildcards in one name; use a sh probe`)
  const folders = [...new Set(probe.files.map(folderOf))]
  return `m ${name} ${rootMark(probe)} ${limit(probe)} ${quote(folders.join(' '))} ${quote(probe.files.join(' '))}`
}

function need([name, probe]: [string, Probe]): string[] {
  return 'needs' in probe ? [`q ${name} ${rootMark(probe)} ${probe.needs.map(quote).join(' ')}`] : []
}

function call([name, probe]: [string, Probe]): string {
  if (!('sh' in probe || 'exec' in probe)) throw new PluginError(`probe ${name} asks for nothing`)
  const asked = `${probe.needs === undefined ? '' : `y ${name} && `}p ${name} ${limit(probe)} ${rootMark(probe)}`
  return 'sh' in probe ? `s_() {\n${probe.sh}\n}\n${asked} s_` : `${asked} ${probe.exec.map(quote).join(' ')}`
}

function limit(probe: Probe): number {
  return ('recorded' in probe ? undefined : probe.timeoutSeconds) ?? DEFAULT_TIMEOUT_SECONDS
}

function rootMark(probe: Probe): string {
  return 'root' in probe && probe.root ? 'root' : '-'
}

function path(name: string, file: string): string {
  if (!PLAIN_PATH.test(file)) throw new PluginError(`probe ${name}: ${file} is not a plain absolute path; use a sh probe`)
  return file
}

function quote(word: string): string {
  return /^[\w./=,:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

const BECOME = `if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then sudo -n sh -c "$rollcall"; else eval "$rollcall"; fi`

/** The shell side of the frames that `frames.ts` reads. */
function preamble(nonce: string, times: boolean): string {
  return `# rollcall: reads this host's inventory; changes nothing. Frame marks carry a random text, so that no output is taken for one.
LC_ALL=C LANG=C LANGUAGE=C TZ=UTC0 PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL LANG LANGUAGE TZ PATH
unset IFS GREP_OPTIONS POSIXLY_CORRECT CDPATH ENV BASH_ENV
umask 077; cd /
N=${nonce} U= F= A= t=0 p=
while read -r k _ e _; do [ "$k" = Uid: ] && U=$e && break; done 2>/dev/null </proc/self/status
[ -n "$U" ] || U=$(id -u 2>/dev/null)
printf '\\n@@rollcall 1 %s %s\\n' "$N" "$U"

# What this shell hangs on, in h: its parents up to whoever started the session; sudo opens one of its own. Another answer means the session is
# over: sshd ends, when its client is gone, and leaves what it started to init.
s() {
  h= i=$$ o=
  while h="$h $i"; read -r line <"/proc/$i/stat"; do
    set -- \${line##*") "}
    [ "$o" = "" ] || [ "$o" = "$4" ] || case $line in *"(sudo) "*) ;; *) break;; esac
    i=$2 o=$4
  done
}
# The clock: one tick a second to this shell, which interrupts its wait for a probe. Gone with the shell, and ends it with the session.
trap 't=$((t+1))' USR1
( trap 'kill "$z"; exit 0' TERM
  s; h0=$h
  while :; do
    sleep 1 & z=$!; wait "$z"; s
    [ "$h" = "$h0" ] || kill -TERM "$$"
    kill -USR1 "$$" || exit 0
  done ) </dev/null >/dev/null 2>&1 &
clock=$!
trap '[ -z "$p" ] || k "$p"; kill "$clock" 2>/dev/null; exit 1' HUP INT TERM PIPE
done_() { kill "$clock" 2>/dev/null; printf '\\n@@%s END\\n' "$N" >&2; printf '\\n@@%s END\\n' "$N"; }

# Hundredths of a second since boot, in c.
now() { c=0; read -r c _ 2>/dev/null </proc/uptime; case $c in 0*) c=0;; *) c=\${c%.*}\${c#*.};; esac; }
now; c0=$c
# Begin and end a frame. The mark on stderr attributes the error text that follows; the clock is read once per frame.
b() { n=$1; printf '\\n@@%s B %s\\n' "$N" "$n"; printf '\\n@@%s B %s\\n' "$N" "$n" >&2; }
e() { now; printf '\\n@@%s E %s %s %s\\n' "$N" "$n" "$1" "$(( (c - c0) * 10 ))" || exit 1; c0=$c; ${times ? 'times >&2; ' : ''}}
# An answer that needs no asking: absent or denied.
a() { printf '\\n@@%s A %s %s\\n' "$N" "$1" "$2" || exit 1; }

# Wait for process $p, at most $l ticks; its exit status, or timeout, is left in $r.
w() {
  t=0
  while :; do
    t0=$t; wait "$p"; r=$?
    [ "$r" -gt 128 ] || [ "$t" != "$t0" ] || break # ksh93 says 1 of a wait that a tick interrupted, the others 128 and the signal
    [ -d "/proc/$p" ] || kill -0 "$p" 2>/dev/null || break
    [ "$t" -gt "$l" ] || continue
    k "$p"; r=timeout; break
  done
  p=
}
# End a process and all below it. Found before any is ended, for an orphan has another parent.
k() {
  all=" $1 " more=1
  while [ -n "$more" ]; do
    more=
    for d in /proc/[0-9]*/stat; do
      read -r line 2>/dev/null <"$d" || continue
      id=\${line%% *}; set -- \${line##*") "}
      case $all in *" $id "*) continue;; esac
      case $all in *" $2 "*) all="$all$id " more=1;; esac
    done
  done
  kill -9 $all 2>/dev/null
}
# p NAME LIMIT root|- COMMAND...: one probe.
p() {
  if [ "$3" = root ] && [ "$U" != 0 ]; then a "$1" denied; return; fi
  [ "$4" = s_ ] || command -v "$4" >/dev/null 2>&1 || { a "$1" absent; return; }
  b "$1"; l=$2; shift 3
  "$@" </dev/null & p=$!
  w; e "$r"
}
# q NAME root|- NEEDS...: looks whether a probe has all that it needs, each of them in one of its forms; y NAME says whether it has.
Y=' '
q() {
  n=$1
  if [ "$2" = root ] && [ "$U" != 0 ]; then a "$n" denied; return; fi
  shift 2
  for x; do
    o= IFS='|'
    for i in $x; do case $i in /*) [ -e "$i" ];; *) command -v "$i" >/dev/null 2>&1;; esac && o=1 && break; done
    unset IFS
    [ -n "$o" ] || { a "$n" absent; return; }
  done
  Y="$Y$n "
}
y() { case $Y in *" $1 "*) ;; *) return 1;; esac; }
${READ_FILES}`
}
