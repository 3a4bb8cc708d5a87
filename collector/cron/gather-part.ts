/** Bytes of standard output and standard error that are kept: together less than the API takes. */
const STDOUT_BYTES = 7 * 1024 * 1024
const STDERR_BYTES = 512 * 1024

/** Runs the gather script, whose function is `rollcall`, and makes the body of a request of its answers: `cmdb-api/read-capture.ts` reads it. */
export const GATHER_PART = `# Keeps the first bytes of a stream and reads the rest, so that a program that floods fills no disk and stops nobody else.
keep() { { head -c "$2" >"$work/$1"; cat >/dev/null; : >"$work/$1.end"; } <"$work/$1.pipe"; }

# Before the folder goes, or they would write into it once more.
end_readers() {
  [ -n "$out_reader$err_reader" ] || return 0
  kill $out_reader $err_reader 2>/dev/null
  wait $out_reader $err_reader 2>/dev/null
  out_reader= err_reader=
}

# Standard output and standard error, apart. Not in a subshell: the clock of the script knows this shell by its number.
gather() {
  mkfifo "$work/out.pipe" "$work/err.pipe" || die 2 "$work cannot hold a pipe"
  keep out ${STDOUT_BYTES} & out_reader=$!
  keep err ${STDERR_BYTES} & err_reader=$!
  rollcall >"$work/out.pipe" 2>"$work/err.pipe" </dev/null
  trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM; trap - PIPE USR1
  # What is stuck in the kernel may hold the pipes for ever.
  turns=0
  until [ -e "$work/out.end" ] && [ -e "$work/err.end" ]; do
    [ "$turns" -lt 50 ] || break
    turns=$((turns + 1)); sleep 0.1 2>/dev/null || sleep 1
  done
  end_readers
}

# A head, and the two streams as they are; how long each is stands in the head.
frame() {
  cat >"$work/body" <<EOF
rollcall-capture 1
version: $version
time: $time
name: $name
cert: $cert
asset: $asset
last: $last
plugins: $plugins
nonce: $nonce
stdout: $(( $(wc -c <"$work/out") ))
stderr: $(( $(wc -c <"$work/err") ))

EOF
  cat "$work/out" "$work/err" >>"$work/body" || die 2 "$work is full"
  body=body
  if command -v gzip >/dev/null 2>&1 && gzip -c "$work/body" >"$work/body.gz"; then body=body.gz; fi
}
`
