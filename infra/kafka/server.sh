# Kafka without Docker: the broker's jars from Maven, each checked by its hash; one node, its own controller (KRaft).

kafka_jars() {
  echo "$cache/kafka-$(sha256sum "$here/kafka/jars.sha256" | cut -c 1-12)"
}

kafka_fetch() {
  need java openjdk-17-jre-headless "kafka needs Java 17 or newer"
  ! jars_are_right "$(kafka_jars)" || return 0
  need mvn maven "kafka needs Maven to be fetched"
  say "kafka: fetching the broker"
  local folder
  mkdir -p "$cache"
  folder=$(mktemp -d "$cache/fetch-XXXXXX")
  download_jars "$folder" || { rm -rf "$folder" && fail "kafka could not be fetched; the message above says why"; }
  jars_are_right "$folder" || { rm -rf "$folder" && fail "what Maven brought is not what infra/kafka/jars.sha256 lists"; }
  rm -rf "$(kafka_jars)"
  mv "$folder" "$(kafka_jars)"
}

# A program, from Debian's package where we may install it.
need() {
  local program=$1 package=$2 why=$3
  ! command -v "$program" >/dev/null || return 0
  can_install || fail "$why (Debian: $package)"
  say "kafka: installing Debian's $package"
  apt_get update && apt_get install --yes --no-install-recommends "$package" && command -v "$program" >/dev/null \
    || fail "$why, and $package could not be installed by apt-get"
}

download_jars() {
  timeout --kill-after=10 900 mvn --quiet --batch-mode --strict-checksums --file "$here/kafka/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$1" </dev/null >&2
}

jars_are_right() {
  [ -d "$1" ] && (cd "$1" && sha256sum --check --strict --status "$here/kafka/jars.sha256" 2>/dev/null)
}

# Only what the list names, whatever else lies in the folder.
kafka_java() {
  local folder
  folder=$(kafka_jars)
  echo "-cp $(sed -E "s|^[^ ]+ +|$folder/|" "$here/kafka/jars.sha256" | paste -sd :)"
}

kafka_version() {
  echo "Kafka $(sed -nE 's/.* kafka_2\.13-([0-9.]+)\.jar/\1/p' "$here/kafka/jars.sha256")"
}

kafka_prepare() {
  local folder="$run/kafka"
  [ ! -e "$folder/data/meta.properties" ] || return 0
  { cat "$here/kafka/server.properties" && kafka_places "$(port_of kafka)"; } >"$folder/server.properties"
  # shellcheck disable=SC2046 # several words
  timeout 120 java $(kafka_java) -Dlog4j2.configurationFile="$here/kafka/log4j2.properties" kafka.tools.StorageTool \
    format --cluster-id 4L6g3nShT-eMCtK--X86sw --config "$folder/server.properties" >"$folder/log" 2>&1 </dev/null \
    || fail "kafka's data could not be prepared; see $folder/log"
}

# Clients, the controller and the broker itself each have their port; clients can be told to come by another way.
kafka_places() {
  cat <<PLACES
listeners=CLIENT://$host:$1,CONTROLLER://$host:$(($1 + 1)),BROKER://$host:$(($1 + 2))
advertised.listeners=CLIENT://${INFRA_KAFKA_ADVERTISED:-$host:$1},BROKER://$host:$(($1 + 2))
controller.quorum.voters=1@$host:$(($1 + 1))
log.dirs=$run/kafka/data
PLACES
}

kafka_start() {
  # shellcheck disable=SC2046 # several words
  spawn kafka java -Xms256m -Xmx512m -Djava.awt.headless=true -Djava.net.preferIPv4Stack=true \
    -Dlog4j2.configurationFile="$here/kafka/log4j2.properties" $(kafka_java) kafka.Kafka "$run/kafka/server.properties"
}

kafka_is_ready() {
  timeout 10 python3 "$here/kafka/probe.py" "$host" "$(port_of kafka)"
}

kafka_stop_signal() {
  echo TERM
}

# The console tools run without Docker in both worlds: they are in the same list of jars.
kafka_console() {
  local class=org.apache.kafka.tools.consumer.ConsoleConsumer where=()
  [ "$1" = consumer ] || class=org.apache.kafka.tools.ConsoleProducer
  shift
  kafka_fetch
  [[ " $* " == *" --bootstrap-server "* ]] || ! is_up kafka || where=(--bootstrap-server "$host:$(port_of kafka)")
  # shellcheck disable=SC2046 # several words
  exec java -Xmx256m -Dlog4j2.level=off $(kafka_java) "$class" "${where[@]}" "$@"
}
