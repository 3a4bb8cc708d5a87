/** Sends the body with curl, and reads the receipt. */
export const SEND_PART = `send() {
  set --
  [ $body = body ] || set -- --header 'Content-Encoding: gzip'
  [ -z "$ca" ] || set -- "$@" --cacert "$ca"
  # Options that curl 7.29 of RHEL 7 has. A here-document, for a printf that is no part of the shell would show the token to all.
  curl -q --globoff --silent --show-error --config - "$@" --connect-timeout 20 --max-time 120 --retry 4 --retry-max-time 300 \\
    --header 'Content-Type: application/vnd.rollcall.capture' --data-binary "@$work/$body" \\
    --output "$work/answer" --write-out '%{http_code}' "$url" >"$work/code" <<EOF || die 3 "$url could not be reached"
header = "Authorization: Bearer $token"
EOF
  code=$(cat "$work/code")
  [ "$code" = 200 ] || die 1 "the API answered $code: $(problem)"
}

# What the API says of a refusal (RFC 9457), or the beginning of whatever else came.
problem() {
  detail=$(sed -n 's/.*"detail":"\\(.*\\)","requestId".*/\\1/p' "$work/answer" | sed 's/\\\\"/"/g')
  printf '%s\\n' "\${detail:-$(head -c 300 "$work/answer" | tr -d '[:cntrl:]')}"
}

# Of the one receipt: what came of it in a line, and the asset id into the cert.
receipt() {
  outcome=$(sed -n 's/.*"outcome":"\\([a-z]*\\)".*/\\1/p' "$work/answer")
  warnings=$(sed -n 's/.*"warnings":\\[\\(..*\\)\\],"errors":.*/\\1/p' "$work/answer")
  known=$(sed -n 's/.*"assetId":"\\([0-9a-f-]*\\)".*/\\1/p' "$work/answer")
  if [ -n "$known" ] && [ "$known" != "$asset" ]; then asset=$known; write_cert; fi
  case $outcome in
    ''|rejected) die 1 "the API refused this capture: $(head -c 2000 "$work/answer")";;
    *) printf '%s: %s%s\\n' "$name" "$outcome" "\${warnings:+, $warnings}";;
  esac
}
`
