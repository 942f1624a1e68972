# Processes by number and time of birth: a number alone may meanwhile be somebody else's.

# Runs a command as a process of its own, which notes who it is before it becomes the server: it never runs unnoted.
spawn() {
  local server=$1
  shift
  rm -f "$run/$server/pid"
  # shellcheck disable=SC2016 # expanded by the new process, about itself
  setsid bash -c 'noted=$1; shift; read -r stat </proc/$$/stat; born=(${stat##*) }); echo "$$ ${born[19]}" >"$noted"; exec "$@"' \
    spawn "$run/$server/pid" "$@" >>"$run/$server/log" 2>&1 </dev/null 9>&- &
  within 10 test -s "$run/$server/pid" || fail "$server could not be started; see $run/$server/log"
}

# The number of a server's process while it runs.
process_of() {
  local pid born
  [ -s "$run/$1/pid" ] && read -r pid born <"$run/$1/pid" && [ "$(born_at "$pid")" = "$born" ] && echo "$pid"
}

# The process and its children, parent first.
family_of() {
  local pid
  pid=$(process_of "$1") || return 0
  echo "$pid"
  children_of "$pid"
}

children_of() {
  { grep -ls "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status || true; } | cut -d / -f 3
}

# Clock ticks from the machine's start to the process's; nothing for one that is gone or only waits to be collected.
born_at() {
  local stat fields
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  # What stands before the last parenthesis is the number and the name.
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} == [ZX] ]] || echo "${fields[19]}"
}

is_paused() {
  grep -qs '^State:[[:space:]]*T' "/proc/$1/status"
}

# Some may be gone before the signal reaches them.
signal() {
  local pid
  for pid in $2; do kill -s "$1" "$pid" 2>/dev/null || true; done
}

none_left() {
  local pid
  for pid in $1; do [ -z "$(born_at "$pid")" ] || return 1; done
}
