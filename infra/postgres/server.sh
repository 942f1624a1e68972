# Postgres without Docker: Debian's packages, or the programs in INFRA_POSTGRES_BIN; run as user postgres when we are root.

postgres_fetch() {
  [ -z "$(postgres_programs)" ] || return 0
  [ -z "${INFRA_POSTGRES_BIN:-}" ] || fail "there is no initdb in $INFRA_POSTGRES_BIN; set INFRA_POSTGRES_BIN to its folder, or not at all"
  if ! can_install; then
    fail "postgres is not here: install it (Debian: apt-get install postgresql), or set INFRA_POSTGRES_BIN to the folder of initdb"
  fi
  install_postgres || fail "postgres could not be installed by apt-get"
}

install_postgres() {
  # The package would otherwise start a server of its own.
  local no_cluster=/etc/postgresql-common/createcluster.d/rental-infra.conf
  say "postgres: installing Debian's package"
  mkdir -p "$(dirname "$no_cluster")"
  echo "create_main_cluster = false" >"$no_cluster"
  apt_get update && apt_get install --yes --no-install-recommends postgresql
  rm -f "$no_cluster"
  [ -n "$(postgres_programs)" ]
}

# The folder of the newest programs; nothing when there are none.
postgres_programs() {
  if [ -n "${INFRA_POSTGRES_BIN:-}" ]; then
    [ ! -x "$INFRA_POSTGRES_BIN/initdb" ] || echo "$INFRA_POSTGRES_BIN"
  else
    find /usr/lib/postgresql -path '*/bin/initdb' -printf '%h\n' 2>/dev/null | sort -V | tail -n 1
  fi
}

postgres_version() {
  "$(postgres_programs)/postgres" --version | sed -E 's/^postgres \(PostgreSQL\)/Postgres/'
}

postgres_prepare() {
  local folder="$run/postgres"
  [ ! -e "$folder/data/PG_VERSION" ] || return 0
  # User postgres may not see into the checkout.
  cp "$here/postgres/postgres.conf" "$folder/postgres.conf"
  [ "$(id -u)" != 0 ] || chown -R postgres: "$folder"
  as_postgres timeout 120 "$(postgres_programs)/initdb" --pgdata "$folder/data" --username postgres --auth trust \
    --encoding UTF8 --locale C.UTF-8 >"$folder/log" 2>&1 || fail "initdb failed; see $folder/log"
}

postgres_start() {
  local folder="$run/postgres"
  # shellcheck disable=SC2086 # several options in one variable
  as_postgres_spawn "$(postgres_programs)/postgres" -D "$folder/data" -c config_file="$folder/postgres.conf" \
    -c listen_addresses="$host" -c unix_socket_directories= -p "$(port_of postgres)" ${INFRA_POSTGRES_OPTIONS:-}
}

postgres_is_ready() {
  timeout 5 "$(postgres_programs)/pg_isready" --quiet --host "$host" --port "$(port_of postgres)" --username postgres
}

# "Fast": open transactions are rolled back.
postgres_stop_signal() {
  echo INT
}

as_postgres() {
  (cd / && exec $(other_user) "$@")
}

as_postgres_spawn() {
  # shellcheck disable=SC2046 # several words
  (cd / && spawn postgres $(other_user) "$@")
}

# The server refuses to run as root.
other_user() {
  [ "$(id -u)" != 0 ] || echo setpriv --reuid postgres --regid postgres --init-groups --
}
