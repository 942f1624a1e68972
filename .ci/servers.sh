# The servers of one `./check`: started while it builds, on ports and in a folder of its own, and stopped when it ends.
#
# A server whose address is in the environment is used as it is and not touched: `eval "$(infra/run env)"` puts it there.

# What there are tests for; `infra/run` knows postgres, mongo and kafka.
servers="postgres mongo kafka"
# Each run has a folder of its own, which ends in the number of its process.
runs=/var/tmp/rental-check-$(id -u)-$(pwd | cksum | cut -d ' ' -f 1)
starting=

servers_begin() {
  stop_leftovers
  export INFRA_RUN=$runs.$$
  trap servers_end EXIT
  # In the background, since building takes longer; one by one, since one that cannot be had is no reason for another.
  for server in $(without_address); do infra/run up "$server" || true; done >"$INFRA_RUN.log" 2>&1 </dev/null &
  starting=$!
}

servers_ready() {
  local server
  for server in $servers; do
    if has_address "$server"; then echo "$server: $(version_of_given "$server"), where $(variable_of "$server") says"; fi
  done
  wait "$starting"
  cat "$INFRA_RUN.log"
  eval "$(infra/run env)"
  for server in $(without_address); do echo "$server: not started, and its tests say so where they do not run"; done
  for server in $(tr , " " <<<"${REQUIRE_SERVERS:-}"); do
    [ "$server" != small-disk ] || continue # what tests mount themselves
    has_address "$server" || fail "REQUIRE_SERVERS asks for $server, and it is not there; the lines above say why"
  done
}

servers_end() {
  kill "$starting" 2>/dev/null || true
  infra/run down || echo "check: a server still runs; INFRA_RUN=$INFRA_RUN infra/run status" >&2
  rm -f "$INFRA_RUN.log" "$INFRA_RUN.lock"
}

# Of a run that was killed and could stop nothing.
stop_leftovers() {
  local left
  for left in "$runs".*[0-9]; do
    [ -d "$left" ] && ! kill -0 "${left##*.}" 2>/dev/null || continue
    INFRA_RUN=$left infra/run down
    rm -f "$left.log" "$left.lock"
  done
}

without_address() {
  local server
  for server in $servers; do has_address "$server" || echo "$server"; done
}

has_address() {
  local variable
  variable=$(variable_of "$1")
  [ -n "${!variable:-}" ]
}

variable_of() {
  case $1 in
    postgres) echo DATABASE_URL ;;
    mongo) echo MONGO_URL ;;
    kafka) echo KAFKA_BROKERS ;;
    *) fail "there is no server '$1'; there are postgres, mongo and kafka" ;;
  esac
}

version_of_given() {
  if [ "$1" = postgres ] && command -v psql >/dev/null; then
    PGCONNECT_TIMEOUT=10 timeout 20 psql --no-psqlrc --quiet --tuples-only --no-align "$DATABASE_URL" \
      --command "select 'Postgres ' || current_setting('server_version')" 2>/dev/null && return
  fi
  echo "version unknown"
}
