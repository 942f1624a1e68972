# The verbs without Docker: each server is a process of this machine.
#
# What differs from server to server stands in its own folder, as functions of the same names: `_fetch` makes its programs
# available, `_prepare` its data, `_start` runs it by `spawn`, `_is_ready` asks whether it answers, `_version` says what it is.
# A server of several members (`members_of`) is several processes, each with a folder and a name of its own.

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
  local server=$1 process
  if native_is_up "$server"; then
    within 30 "${server}_is_ready" "$server" || fail "$server runs but does not answer; was it paused? 'infra/run status' tells"
    return
  fi
  native_fetch "$server"
  say "$server: starting without Docker"
  for process in $(processes_of "$server"); do "${server}_prepare" "$process"; done
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

# Of several members one is enough.
native_is_up() {
  local process
  for process in $(processes_of "$1"); do
    process_of "$process" >/dev/null && return
  done
  return 1
}

native_status() {
  local server=$1 pid
  if pid=$(process_of "$server"); then
    echo "$("$(kind_of "$server")_version"), process $pid$(is_paused "$pid" && echo ', paused')$(is_primary "$server" && echo ', primary')"
  else
    echo "down"
  fi
}

native_crash() {
  local process family
  for process in $(processes_of "$1"); do
    family=$(family_of "$process")
    signal KILL "$family"
    within 10 none_left "$family" || fail "$process still runs after a kill"
  done
}

# Parent first, so that it makes no child that is missed.
native_pause() {
  local process
  for process in $(processes_of "$1"); do
    signal STOP "$(process_of "$process")"
    signal STOP "$(family_of "$process")"
  done
}

native_resume() {
  local process
  for process in $(processes_of "$1"); do signal CONT "$(family_of "$process")"; done
}

native_cut() { fail "without Docker $1 has the network of this machine; 'infra/run fault $1 pause' comes near to it"; }
native_join() { native_cut "$1"; }

native_restart() {
  stop "$1"
  start "$1"
}

# Only one server has members, and only a member can be the primary of them.
is_primary() {
  [ "$(kind_of "$1")" != "$1" ] && [ "$("$(kind_of "$1")_primary")" = "$1" ]
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
  local server=$1 process try limit_s
  # Several that start at once on a busy machine take their time.
  limit_s=$((60 * $(processes_of "$server" | wc -w)))
  for try in {1..15}; do
    for process in $(processes_of "$server"); do
      process_of "$process" >/dev/null || "$(kind_of "$server")_start" "$process"
    done
    within "$limit_s" ready_or_gone "$server" || break
    if all_run "$server"; then return; fi
    sleep 0.3
  done
  for process in $(processes_of "$server"); do tail -n 15 "$run/$process/log" >&2; done
  fail "$server was not ready after $try tries; the end of its log is above"
}

# A member whose port was taken at the last moment is started again.
all_run() {
  local process
  for process in $(processes_of "$1"); do process_of "$process" >/dev/null || return 1; done
}

ready_or_gone() {
  ! native_is_up "$1" || "$(kind_of "$1")_is_ready" "$1"
}

# Members end together: the last one would wait for a majority.
stop() {
  local server=$1 process all=
  for process in $(processes_of "$server"); do
    all+=" $(family_of "$process" | tr '\n' ' ')"
    signal CONT "$(family_of "$process")"
    signal "$("$(kind_of "$server")_stop_signal")" "$(process_of "$process")"
  done
  within 10 none_left "$all" || native_crash "$server"
}
