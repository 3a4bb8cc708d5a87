/** The pinned name, in the shell: the same file as `collector/cert.ts` keeps, so that a host stays one asset whoever of the two collects it. */
export const CERT_PART = `# The cert file is where an agent on this host has it, so that the two are one asset.
find_cert() {
  folder=\${ROLLCALL_DATA:-}
  if [ -n "$folder" ]; then case $folder in /*) ;; *) folder=$PWD/$folder;; esac
  elif [ "$(id -u)" = 0 ]; then folder=/var/lib/rollcall
  else
    case \${XDG_STATE_HOME:-} in /*) folder=$XDG_STATE_HOME;; *) [ -n "\${HOME:-}" ] || die 2 'set HOME or ROLLCALL_DATA: where is the cert to be?'; folder=$HOME/.local/state;; esac
    folder=$folder/rollcall
  fi
  cert_file=\${ROLLCALL_IDENTITY__CERT:-$folder/cert}
}

# First line the pinned name, then "key: value" lines. A file of a name alone is a pre-assigned cert; one that is missing or empty is filled.
read_cert() {
  name= cert= asset= last= text=
  if [ -e "$cert_file" ]; then text=$(tr -d '\\r' <"$cert_file") || die 2 "$cert_file cannot be read"; fi
  {
    read -r name
    while read -r key value; do
      case $key in
        cert:) cert=$value;;
        asset:) asset=$value;;
        seq:) last=$value;;
        ?*) die 2 "$cert_file: expected 'cert: ID', 'asset: ID', 'seq: NUMBER', found: $key";;
      esac
    done
  } <<EOF
$text
EOF
  [ -n "$name" ] || [ -z "$cert$asset$last" ] || die 2 "$cert_file does not hold a host's name in its first line"
  case $name in cert:*|asset:*|seq:*|*[[:cntrl:]]*) die 2 "$cert_file does not hold a host's name in its first line";; esac
}

# All of it or nothing, and for everybody to read: it is no secret.
write_cert() {
  (
    umask 022
    mkdir -p "\${cert_file%/*}" || exit 1
    {
      printf '%s\\ncert: %s\\n' "$name" "$cert"
      [ -z "$asset" ] || printf 'asset: %s\\n' "$asset"
      [ -z "$last" ] || printf 'seq: %s\\n' "$last"
    } >"$cert_file.$$.tmp" && mv -f "$cert_file.$$.tmp" "$cert_file" || { rm -f "$cert_file.$$.tmp"; exit 1; }
  ) || die 2 "$cert_file cannot be written: this host's name is pinned there"
}

# Before anything is posted, as an agent does it: a run that is lost on the way must not give the host another cert.
pin() {
  [ -z "$name" ] || [ -z "$cert" ] || return 0
  [ -n "$name" ] || name=$(uname -n)
  random
  cert=\${cert:-$fresh}
  write_cert
}
`
