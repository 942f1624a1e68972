# Kafka without Docker: the broker's jars from Maven, each checked by its hash; one node or several, each also a controller (KRaft).

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
  local folder="$run/$1" users=()
  [ ! -e "$folder/data/meta.properties" ] || return 0
  [ "${INFRA_KAFKA_AUTH:-}" != 1 ] || kafka_lock
  { cat "$here/kafka/server.properties" && kafka_places "$1" && kafka_copies && kafka_door; } >"$folder/server.properties"
  [ ! -e "$run/kafka/password" ] || users=(--add-scram "SCRAM-SHA-256=[$(kafka_user)]" --add-scram "SCRAM-SHA-512=[$(kafka_user)]")
  # shellcheck disable=SC2046 # several words
  timeout 120 java $(kafka_java) -Dlog4j2.configurationFile="$here/kafka/log4j2.properties" kafka.tools.StorageTool \
    format --cluster-id "$(kafka_cluster)" --config "$folder/server.properties" "${users[@]}" >"$folder/log" 2>&1 </dev/null \
    || fail "kafka's data could not be prepared; see $folder/log"
}

# Each is a cluster of its own, so that nobody takes its topics for those of another.
kafka_cluster() {
  local file="$run/kafka/cluster"
  [ -s "$file" ] || head -c 16 /dev/urandom | base64 | tr '+/' 'AZ' | cut -c 1-22 >"$file"
  cat "$file"
}

# Clients, the controller and the broker itself each have their port; clients can be told to come by another way.
kafka_places() {
  local port
  port=$(port_of "$1")
  cat <<PLACES
node.id=$(kafka_node "$1")
listeners=CLIENT://$host:$port,CONTROLLER://$host:$((port + 1)),BROKER://$host:$((port + 2))
advertised.listeners=CLIENT://${INFRA_KAFKA_ADVERTISED:-$host:$port},BROKER://$host:$((port + 2))
controller.quorum.voters=$(kafka_voters)
log.dirs=$run/$1/data
PLACES
}

# The number of a member; one that is alone is the first.
kafka_node() {
  case $1 in
    kafka-*) echo "${1#kafka-}" ;;
    *) echo 1 ;;
  esac
}

kafka_voters() {
  local process voters=
  for process in $(processes_of kafka); do
    voters+=",$(kafka_node "$process")@$host:$(($(port_of "$process") + 1))"
  done
  echo "${voters#,}"
}

# Several have three copies of everything, of which two are there before anything is acknowledged.
kafka_copies() {
  local topics
  [ "$(members_asked_for kafka)" != 1 ] || return 0
  echo default.replication.factor=3
  echo min.insync.replicas=2
  for topics in offsets.topic transaction.state.log share.coordinator.state.topic; do
    echo "$topics.replication.factor=3"
  done
  echo transaction.state.log.min.isr=2
  echo share.coordinator.state.topic.min.isr=2
}

# A certificate of an authority of its own, and a password: made on the spot, and gone with the server.
kafka_lock() {
  local folder="$run/kafka" pass
  [ ! -e "$folder/password" ] || return 0
  pass=$(head -c 18 /dev/urandom | base64 | tr '+/' 'AZ')
  kafka_key "$folder" "$pass" -alias authority -dname CN=authority -ext bc:critical=ca:true
  kafka_key "$folder" "$pass" -alias server -dname CN=server -signer authority -ext "san=ip:$host,dns:localhost"
  keytool -exportcert -rfc -alias authority -keystore "$folder/keys.p12" -storepass "$pass" >"$folder/authority.pem" 2>>"$folder/log"
  # What the broker shows is its own certificate, and it has no other key.
  keytool -delete -alias authority -keystore "$folder/keys.p12" -storepass "$pass" >>"$folder/log" 2>&1
  (umask 077 && echo "$pass" >"$folder/password")
}

kafka_key() {
  local folder=$1 pass=$2
  shift 2
  keytool -genkeypair -keyalg EC -groupname secp256r1 -validity 2 -keystore "$folder/keys.p12" -storetype PKCS12 \
    -storepass "$pass" "$@" >>"$folder/log" 2>&1 || fail "kafka's certificate could not be made; see $folder/log"
}

kafka_user() {
  echo "name=rental,password=$(cat "$run/kafka/password")"
}

# With a lock, clients come by TLS and say who they are, in any of three ways; brokers know one another without.
kafka_door() {
  local pass scram=org.apache.kafka.common.security.scram.ScramLoginModule
  [ -e "$run/kafka/password" ] || return 0
  pass=$(cat "$run/kafka/password")
  cat <<DOOR
listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT
listener.name.client.ssl.keystore.type=PKCS12
listener.name.client.ssl.keystore.location=$run/kafka/keys.p12
listener.name.client.ssl.keystore.password=$pass
listener.name.client.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.client.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_rental="$pass";
listener.name.client.scram-sha-256.sasl.jaas.config=$scram required;
listener.name.client.scram-sha-512.sasl.jaas.config=$scram required;
DOOR
}

kafka_start() {
  # shellcheck disable=SC2046 # several words
  spawn "$1" java -Xms256m -Xmx512m -Djava.awt.headless=true -Djava.net.preferIPv4Stack=true \
    -Dlog4j2.configurationFile="$here/kafka/log4j2.properties" $(kafka_java) kafka.Kafka "$run/$1/server.properties"
}

# A member is asked by the way that brokers have to one another, where nobody has to say who they are. The server is ready
# when all its members that run know of one another.
kafka_is_ready() {
  local process running=()
  for process in $(processes_of "$1"); do
    ! process_of "$process" >/dev/null || running+=("$host:$(($(port_of "$process") + 2))")
  done
  timeout 10 python3 "$here/kafka/probe.py" "${running[@]}"
}

# Each partition has a leader of its own.
kafka_primary() {
  return 1
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
