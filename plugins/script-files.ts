import { DEFAULT_TIMEOUT_SECONDS } from './answer.ts'

/**
 * The shell side of probes of files: all are read by one grep, for each program costs a millisecond. A file that hangs (a driver that does not
 * answer) must not cost the others: then each probe of globs is read alone, at its own time limit.
 *
 * The script calls `files_`, which it declares itself, then `g`.
 */
export const READ_FILES = `# f NAME PATH root|-: one file, read later together with the others.
f() {
  if [ ! -e "$2" ]; then a "$1" absent
  elif [ "$3" = root ] && [ "$U" != 0 ] || [ ! -r "$2" ] || [ -d "$2" ]; then a "$1" denied
  else printf '\\n@@%s F %s %s\\n' "$N" "$1" "$2"; F="$F $2"; fi
}
# m NAME root|- LIMIT FOLDERS GLOBS: many files, the same way.
m() {
  if [ "$2" = root ] && [ "$U" != 0 ]; then a "$1" denied; return; fi
  for d in $4 -; do [ ! -d "$d" ] || break; done
  if [ "$d" = - ]; then a "$1" absent
  elif [ "$A" = alone ]; then p "$1" "$3" "$2" r_ "$5"
  else printf '\\n@@%s M %s %s\\n' "$N" "$1" "$5"; F="$F $5" A=again; fi
}
# r_ FILES: their lines, each with its path in front. Old kernels take 128 KB of arguments.
r_() {
  if command -v grep >/dev/null 2>&1; then
    set -- /dev/null $1
    [ $# -gt 1000 ] || exec grep -H '' "$@"
    set -f; b= i=0 IFS='
'
    for x; do
      b="$b$IFS$x" i=$((i+1))
      [ $i -lt 1000 ] || { grep -H '' /dev/null $b; b= i=0; }
    done
    [ -z "$b" ] || grep -H '' /dev/null $b
  else
    for x in $1; do
      [ ! -r "$x" ] || [ -d "$x" ] || while IFS= read -r y || [ -n "$y" ]; do printf '%s:%s\\n' "$x" "$y"; done <"$x"
    done
    :
  fi
}
g() {
  [ -n "$F" ] || return 0
  b "$1"; l=${DEFAULT_TIMEOUT_SECONDS}
  r_ "$F" </dev/null & p=$!
  w
  if [ "$r" = timeout ] && [ "$A" = again ]; then e again; A=alone F=; files_; g _rest; else e "$r"; fi
}
`
