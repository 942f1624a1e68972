# The verbs without Docker: each server is a process of this machine.
#
# What differs from server to server stands in its own folder, as functions of the same names: `_fetch` makes its programs
# available, `_prepare` its data, `_start` runs it by `spawn`, `_is_ready` asks whether it answers, `_version` says what it is.

# shellcheck source=process.sh
source "$here/process.sh"
# shellcheck source=postgres/server.sh
source "$here/postgres/server.sh"
# shellcheck source=mongo/server.sh
source "$here/mongo/server.sh"
# shellcheck source=kafka/server.sh
source "$here/kafka/server.sh"

# Where downloads are kept, for all checkouts and runs; it may be empty or removed at any time.
cache=${INFRA_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/rental-infra}

native_up() {
  local server=$1
  if native_is_up "$server"; then
    within 30 "${server}_is_ready" || fail "$server runs but does not answer; was it paused? 'infra/run status' tells"
    return
  fi
  native_fetch "$server"
  say "$server: starting without Docker"
  "${server}_prepare"
  start "$server"
}

native_fetch() {
  [ -e /proc/self/stat ] || fail "without Docker the servers run on Linux only; start Docker"
  "$1_fetch"
}

native_down() {
  local server stops=() stopped
  for server in "${servers[@]}"; do
    stop "$server" &
    stops+=($!)
  done
  for stopped in "${stops[@]}"; do wait "$stopped"; done
}

native_is_up() {
  process_of "$1" >/dev/null
}

native_status() {
  local server=$1 pid
  if pid=$(process_of "$server"); then
    echo "$("${server}_version"), process $pid$(is_paused "$pid" && echo ', paused')"
  else
    echo "down"
  fi
}

native_crash() {
  local server=$1 family
  family=$(family_of "$server")
  signal KILL "$family"
  within 10 none_left "$family" || fail "$server still runs after a kill"
}

# Parent first, so that it makes no child that is missed.
native_pause() {
  signal STOP "$(process_of "$1")"
  signal STOP "$(family_of "$1")"
}

native_resume() {
  signal CONT "$(family_of "$1")"
}

native_restart() {
  stop "$1"
  start "$1"
}

# Debian's packages, where they are the machine's and we are root.
apt_get() {
  DEBIAN_FRONTEND=noninteractive timeout --kill-after=10 600 \
    apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null 9>&-
}

can_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# A server that was killed may leave a lock behind that its last child still holds: the first tries end at once.
start() {
  local server=$1 try
  for try in {1..15}; do
    "${server}_start"
    within 60 ready_or_gone "$server" || break
    if native_is_up "$server"; then return; fi
    sleep 0.3
  done
  tail -n 15 "$run/$server/log" >&2
  fail "$server was not ready after $try tries; the end of its log is above"
}

ready_or_gone() {
  ! native_is_up "$1" || "$1_is_ready"
}

stop() {
  local server=$1 family
  family=$(family_of "$server")
  [ -n "$family" ] || return 0
  signal CONT "$family"
  signal "$("${server}_stop_signal")" "$(process_of "$server")"
  within 10 none_left "$family" || native_crash "$server"
}
