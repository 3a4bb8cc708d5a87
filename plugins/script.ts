import { DEFAULT_TIMEOUT_SECONDS } from './answer.ts'
import type { Probe, Probes } from './define.ts'
import { PluginError } from './errors.ts'

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

/** A path that needs no quotes in any shell. */
export const PLAIN_PATH = /^\/[\w./@+:-]+$/

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
  const files = asked.flatMap(([name, probe]) => ('file' in probe ? [`f ${name} ${path(name, probe.file)} ${rootMark(probe)}`] : []))
  // The time limit is a probe's declared risk: cheap ones first, so that a cut stream holds as much as it can.
  const rest = asked.filter(([, probe]) => !('file' in probe)).toSorted(([, a], [, b]) => limit(a) - limit(b))
  const body = [preamble(nonce, times === true), ...files, 'g', ...rest.map(call), 'done_'].join('\n')
  if (become === undefined) return `rollcall() {\n${body}\n}\nrollcall\n`
  return `rollcall=${quote(body)}\n${BECOME}\n`
}

/** Merges the probes of several plugins: each name once. */
export function mergeProbes(all: Iterable<readonly [owner: string, probes: Probes]>): Probes {
  const merged: Record<string, Probe> = {}
  const owners: Record<string, string> = {}
  const readBy = new Map<string, string>()
  for (const [owner, probes] of all) {
    for (const [name, probe] of Object.entries(probes)) {
      if (!PROBE_NAME.test(name)) throw new PluginError(`probe ${name} of ${owner}: a name is letters, digits, hyphens and underscores`)
      const known = merged[name]
      if (known !== undefined && known !== probe && JSON.stringify(known) !== JSON.stringify(probe)) {
        throw new PluginError(`probe ${name} means one thing in ${owners[name]} and another in ${owner}: give one of them another name`)
      }
      // All files are read by one grep, which tells them apart by their paths.
      const other = 'file' in probe ? readBy.get(probe.file) : undefined
      if (other !== undefined && other !== name)
        throw new PluginError(`probes ${other} of ${owners[other]} and ${name} of ${owner} read the same file: give them one name`)
      if ('file' in probe) readBy.set(probe.file, name)
      merged[name] = probe
      owners[name] ??= owner
    }
  }
  return merged
}

function call([name, probe]: [string, Probe]): string {
  if ('sh' in probe) return `s_() {\n${probe.sh}\n}\np ${name} ${limit(probe)} ${rootMark(probe)} s_`
  if (!('exec' in probe)) throw new PluginError(`probe ${name} asks for nothing`)
  return `p ${name} ${limit(probe)} ${rootMark(probe)} ${probe.exec.map(quote).join(' ')}`
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
N=${nonce} U= F= t=0 p=
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
# f NAME PATH root|-: one file, read later together with the others.
f() {
  if [ ! -e "$2" ]; then a "$1" absent
  elif [ "$3" = root ] && [ "$U" != 0 ] || [ ! -r "$2" ] || [ -d "$2" ]; then a "$1" denied
  else printf '\\n@@%s F %s %s\\n' "$N" "$1" "$2"; F="$F $2"; fi
}
g() {
  [ -n "$F" ] || return 0
  b _files; l=${DEFAULT_TIMEOUT_SECONDS}
  if command -v grep >/dev/null 2>&1; then grep -Hs '' /dev/null $F </dev/null & p=$!
  else ( for x in $F; do while IFS= read -r y || [ -n "$y" ]; do printf '%s:%s\\n' "$x" "$y"; done <"$x"; done ) </dev/null & p=$!; fi
  w; e "$r"
}
`
}
