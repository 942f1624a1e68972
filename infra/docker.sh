# The verbs in Docker: compose.yml holds the servers, and Docker remembers what is up.

docker_up() {
  [ "$1" != kafka ] || kafka_cluster >/dev/null
  say "$1: starting in Docker"
  compose 600 up --detach --wait "$1" >&2 || fail "Docker could not start $1; its message above says why"
  docker_wakes "$1"
}

# Whoever asks for Kafka's coordinators first waits until their topics are made: that is done now, where it can be.
docker_wakes() {
  [ "$1" = kafka ] && command -v python3 >/dev/null || return 0
  within 60 timeout 10 python3 "$here/kafka/probe.py" "$host:$(port_of kafka)" || fail "kafka runs in Docker but does not answer"
}

docker_fetch() {
  # What was built here, or fetched before, is there.
  ! docker image inspect "$(compose 20 config --images "$1" 2>/dev/null)" >/dev/null 2>&1 || return 0
  compose 900 pull --quiet "$1" >&2 || fail "Docker could not fetch $1; its message above says why"
}

docker_down() {
  compose 120 --profile '*' down --volumes --timeout 10 >&2
}

docker_is_up() {
  [ -n "$(compose 20 ps --quiet --status running --status paused "$1")" ]
}

docker_status() {
  local line
  line=$(compose 20 ps --all --format '{{.Image}} in Docker, {{.Status}}' "$1")
  echo "${line:-not started}"
}

docker_crash() { compose 30 kill --signal KILL "$1" >&2; }
docker_pause() { compose 30 pause "$1" >&2; }
docker_resume() { compose 30 unpause "$1" >&2; }

# Off its networks: connections that are open hear nothing more, and its name is unknown. It goes on by itself.
docker_cut() {
  local container network
  container=$(compose 20 ps --all --quiet "$1")
  for network in $(networks_of "$container"); do
    echo "$network"
    docker network disconnect "$network" "$container" >&2
  done >"$run/$1/networks"
}

docker_join() {
  local container network
  container=$(compose 20 ps --all --quiet "$1")
  while read -r network; do
    docker network connect --alias "$1" "$network" "$container" >&2
  done <"$run/$1/networks"
  rm -f "$run/$1/networks"
}

networks_of() {
  docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$1"
}

docker_restart() {
  # Whoever is cut off is joined first, since its address is that of its network.
  [ ! -e "$run/$1/networks" ] || docker_join "$1"
  # What is paused cannot be stopped, and what is not paused cannot be resumed.
  compose 30 unpause "$1" >/dev/null 2>&1 || true
  compose 120 restart --timeout 10 "$1" >&2
  compose 300 up --detach --wait "$1" >&2
  docker_wakes "$1"
}

compose() {
  local limit_s=$1
  shift
  INFRA_POSTGRES_PORT=$(compose_port postgres) INFRA_MONGO_PORT=$(compose_port mongo) \
    INFRA_KAFKA_PORT=$(compose_port kafka) INFRA_KAFKA_CLUSTER=$(cat "$run/kafka/cluster" 2>/dev/null || true) timeout --kill-after=10 "$limit_s" \
    docker compose --project-name "$(project)" --file "$here/compose.yml" "$@"
}

# Named like the run folder, as far as Docker allows.
project() {
  basename "$run" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9_\n' '-'
}

# compose.yml is read as a whole, also when only one server of it has a port yet.
compose_port() {
  cat "$run/$1/port" 2>/dev/null || default_port "$1"
}
