import type { Plugin } from '../../plugins/define.ts'
import { prepare } from '../job.ts'
import { CERT_PART } from './cert-part.ts'
import { GATHER_PART } from './gather-part.ts'
import { SEND_PART } from './send-part.ts'

export interface Posting {
  /** Of the API, without the path of a route. */
  readonly url: string
  /** Paths on the hosts: of the token, and of the certificates to trust where they are not the system's. */
  readonly tokenFile: string
  readonly ca: string | null
  /** Most seconds that a host waits before it begins, at random, so that a fleet does not come all at once. */
  readonly jitterSeconds: number
  readonly version: string
}

/** A path that needs no quotes in any shell. */
export const PLAIN_PATH = /^\/[\w./@+-]+$/
/** An address that needs none either, nor in curl's settings. */
export const PLAIN_URL = /^https?:\/\/[\w.:[\]-]+(?:\/[\w./~-]*)?$/

/**
 * One POSIX sh text for a file on hosts that may have no Node: asks what the plugins want to know, and posts the answers with curl. Runs on dash,
 * bash and BusyBox ash, by any user; does nothing at all when it arrives cut short. Writes the cert, and for the time of its run a folder of its own.
 *
 * The token stands on no command line and in no environment, where other users could read it: curl gets it on standard input.
 */
export function postScript(plugins: readonly Plugin[], posting: Posting): string {
  const { script, nonce } = prepare(plugins)
  // Each run makes a random text of its own. One that stands in a file would be known to whoever reads it, and could be forged.
  const gather = script.replace(`N=${nonce} `, 'N=$nonce ').replace(/\nrollcall\n$/, '\n')
  if (gather.includes(nonce) || !gather.endsWith('\n}\n')) throw new TypeError('the gather script is not of the form that is expected here')
  return `#!/bin/sh\n${about(posting)}\n${gather}\n${[settings(plugins, posting), BASICS, CERT_PART, GATHER_PART, SEND_PART, MAIN].join('\n')}\nmain "$@"\n`
}

function about({ url, tokenFile, version, jitterSeconds }: Posting): string {
  return `# Collects this host and posts what it said to ${url}. Made by rollcall ${version}, "rollcall script --post"; make it anew when the API is updated.
# For cron. Needs curl, and a token of the role "capture" in ${tokenFile}, which others must not be able to read.
#   sh FILE [SECONDS]    SECONDS: how long to wait at most before it begins (${jitterSeconds}); 0 by hand
# Exit status: 0 done, 1 the API refused it, 2 something is missing here, 3 the API could not be reached.
`
}

function settings(plugins: readonly Plugin[], { url, tokenFile, ca, jitterSeconds, version }: Posting): string {
  return `post_settings() {
  url=${url.replace(/\/+$/, '')}/api/v1/captures
  token_file=${tokenFile}
  ca=${ca ?? ''}
  jitter=${jitterSeconds}
  version=${version}
  plugins=${plugins.map(({ name }) => name).join(',')}
}`
}

const BASICS = `say() { printf 'rollcall: %s\\n' "$1" >&2; }
die() { say "$2"; exit "$1"; }

# A random text in fresh: of the kernel's generator, by which the shell alone can ask.
random() {
  fresh=
  read -r fresh 2>/dev/null </proc/sys/kernel/random/uuid
  [ -n "$fresh" ] || fresh=$(od -An -N16 -tx1 /dev/urandom 2>/dev/null | tr -d ' \\n')
  [ "\${#fresh}" -ge 32 ] || die 2 'this host gives no random numbers: neither /proc/sys/kernel/random/uuid nor od and /dev/urandom'
}

read_token() {
  [ -e "$token_file" ] || die 2 "there is no $token_file: make a token with \\"rollcall token create --role capture\\" and put it there"
  case $(ls -ldL "$token_file") in
    -????-?---*) ;;
    *) die 2 "$token_file can be read by everybody or written by others: chmod 600 $token_file, or 640 for a group";;
  esac
  { read -r token <"$token_file"; } 2>/dev/null || [ -n "$token" ] || die 2 "$token_file cannot be read by this user, or is empty"
  case $token in ''|*[!A-Za-z0-9._-]*) die 2 "$token_file holds no token in its first line: it looks like rc_ID.SECRET";; esac
}

# At random, up to so many seconds; a signal ends it at once.
nap() {
  random
  seconds=$(( 0x\${fresh%"\${fresh#???????}"} % ($jitter + 1) ))
  [ "$seconds" = 0 ] && return
  sleep "$seconds" & napping=$!
  wait "$napping"
  napping=
}
`

const MAIN = `finish() {
  [ -z "$napping" ] || kill "$napping" 2>/dev/null
  end_readers
  [ -z "$work" ] || rm -rf "$work"
}

main() {
  # A variable that was exported stays so, and everything that runs would be given the token.
  set +a
  unset token nonce fresh
  LC_ALL=C PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin:/bin work= napping= out_reader= err_reader=
  export LC_ALL PATH
  unset IFS
  umask 077
  post_settings
  jitter=\${1:-$jitter}
  # A number that begins with 0 is octal to the shell, and 08 is none.
  while :; do case $jitter in 0?*) jitter=\${jitter#0};; *) break;; esac; done
  case $jitter in *[!0-9]*|???????*) die 2 "SECONDS is a number below a million, not $jitter";; esac
  for program in curl mktemp mkfifo head sed; do
    command -v "$program" >/dev/null 2>&1 || die 2 "this host has no $program, which this script needs: install it, or collect the host over SSH"
  done
  trap finish EXIT
  trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
  read_token
  find_cert
  nap
  read_cert
  pin
  work=$(mktemp -d "\${TMPDIR:-/tmp}/rollcall.XXXXXX") || die 2 "no folder could be made in \${TMPDIR:-/tmp}"
  random
  nonce=$fresh
  while :; do case $nonce in *-*) nonce=\${nonce%%-*}\${nonce#*-};; *) break;; esac; done
  # In milliseconds, where date knows them: BusyBox does not.
  time=$(date +%s%3N)
  case $time in *[!0-9]*|??????????|???????????) time=$(date +%s)000;; esac
  gather
  frame
  send
  receipt
}`
