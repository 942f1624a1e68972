# Which port a server listens on: the one that was asked for, else the first free one from its default upwards.
#
# All lie below 32768, where the system does not take ports for outgoing connections.

default_port() {
  case $1 in
    postgres) echo 25432 ;;
    mongo) echo 27217 ;;
    kafka) echo 29092 ;;
  esac
}

# Kafka takes three, for clients, for its controller and for itself.
ports_each() {
  case $1 in
    kafka) echo 3 ;;
    *) echo 1 ;;
  esac
}

# Each member has its own. A server that is no member of a set is one all the same.
ports_taken_by() {
  local members
  members=$(members_wanted "$1")
  seq -s ' ' "$2" $(($2 + (members > 0 ? members : 1) * $(ports_each "$1") - 1))
}

port_of() {
  cat "$run/$1/port"
}

# Kept for as long as the run folder: a server comes back where it was.
pick_port() {
  local server=$1 variable asked port
  [ ! -e "$run/$server/port" ] || return 0
  variable=$(variable_of "$server" PORT)
  asked=${!variable:-}
  if [ -n "$asked" ]; then
    all_free "$server" "$asked" || fail "port $asked is taken; set $variable to a free one for $server"
    port=$asked
  else
    port=$(first_free "$server") || fail "no free port for $server; set $variable to one"
  fi
  echo "$port" >"$run/$server/port"
}

first_free() {
  local server=$1 from port
  from=$(default_port "$server")
  for ((port = from; port < from + 100; port++)); do
    all_free "$server" "$port" && echo "$port" && return
  done
  return 1
}

all_free() {
  local port
  for port in $(ports_taken_by "$1" "$2"); do
    ! listens "$port" || return 1
  done
}

listens() {
  timeout 2 bash -c "exec 3<>/dev/tcp/$host/$1" 2>/dev/null
}
