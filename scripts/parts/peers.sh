# The servers that `make bench` measures tickql beside: Node's from npm, Debian's nginx with nchan, and two that are
# compiled where Go and Cargo are: Centrifugo, and async-graphql on axum. Nothing here is needed for anything else, and
# nothing fails for want of it: the results say who was left out, and why.
# shellcheck shell=bash disable=SC2154

PEERS=bench/peers
NGINX=.tickql/nginx
BUILT=.tickql/peers

peers_ready() { charts_ready && npm_peers_ready && nginx_ready && centrifugo_ready && async_graphql_ready; }

peers_install() {
  charts_ready || charts_install
  npm_peers_ready || npm_peers_install
  nginx_ready || nginx_install
  centrifugo_ready || centrifugo_install
  async_graphql_ready || async_graphql_install
}

charts_ready() { stamped .venv/tickql-bench "$(hash_of bench/requirements.lock) $(python_stamp)"; }

charts_install() {
  step "what draws the charts" .venv/bin/python -m pip install --disable-pip-version-check --require-hashes --only-binary :all: \
    -r bench/requirements.lock
  echo "$(hash_of bench/requirements.lock) $(python_stamp)" >.venv/tickql-bench
}

npm_peers_ready() { stamped "$PEERS/node_modules/.tickql-setup" "$(hash_of "$PEERS/package-lock.json")"; }

npm_peers_install() {
  if ! command -v npm >/dev/null || [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -lt 20 ]; then
    say "no npm with Node.js 20 or newer: going on without the Node servers"
    return
  fi
  step "Node servers to compare with (npm ci)" npm --prefix "$PEERS" ci
  hash_of "$PEERS/package-lock.json" >"$PEERS/node_modules/.tickql-setup"
}

nginx_ready() { [ -d /var/lib/nginx ] && nginx_is_here; }

nginx_is_here() { [ -x "$NGINX/usr/sbin/nginx" ] || [ -f /usr/lib/nginx/modules/ngx_nchan_module.so ]; }

nginx_install() {
  if ! can_apt; then
    say "going on without nginx and nchan (Debian: sudo apt-get install nginx libnginx-mod-nchan)"
    return
  fi
  step "nginx with nchan (apt-get download)" unpack_nginx
}

# Unpacked, not installed: Debian's package would start a web server on port 80. nchan insists on a folder of nginx's.
# shellcheck disable=SC2317
unpack_nginx() {
  rm -rf "$NGINX" && mkdir -p "$NGINX" /var/lib/nginx && apt-get -q update &&
    (cd "$NGINX" && apt-get -q -o APT::Sandbox::User=root download nginx libnginx-mod-nchan) || return
  local package
  for package in "$NGINX"/*.deb; do
    dpkg-deb --extract "$package" "$NGINX" && dpkg-deb --show "$package" >>"$NGINX/versions" || return
  done
}

CENTRIFUGO=$PEERS/centrifugo

centrifugo_ready() { stamped "$BUILT/centrifugo.stamp" "$(hash_of "$CENTRIFUGO/go.mod" "$CENTRIFUGO/go.sum")"; }

centrifugo_install() {
  # An older Go says here that it is too old, or fetches a newer one.
  if ! command -v go >/dev/null || ! (cd "$CENTRIFUGO" && go list -m >/dev/null 2>&1); then
    say "no Go that is new enough: going on without Centrifugo"
    return
  fi
  step "Centrifugo (go build, some minutes)" build_centrifugo
  hash_of "$CENTRIFUGO/go.mod" "$CENTRIFUGO/go.sum" >"$BUILT/centrifugo.stamp"
}

# shellcheck disable=SC2317
build_centrifugo() {
  mkdir -p "$BUILT" && (cd "$CENTRIFUGO" && go build -mod=readonly -o "$root/$BUILT/centrifugo" \
    github.com/centrifugal/centrifugo/v6)
}

ASYNC_GRAPHQL=$PEERS/async-graphql

async_graphql_files() { hash_of "$ASYNC_GRAPHQL"/Cargo.toml "$ASYNC_GRAPHQL"/versions.lock "$ASYNC_GRAPHQL"/src/*; }

async_graphql_ready() { stamped "$BUILT/async-graphql.stamp" "$(async_graphql_files)"; }

async_graphql_install() {
  if ! command -v cargo >/dev/null || [ "$(cargo --version | sed 's/^cargo 1\.\([0-9]*\).*/\1/')" -lt 89 ]; then
    say "no Cargo 1.89 or newer: going on without async-graphql"
    return
  fi
  step "async-graphql on axum (cargo build, some minutes)" build_async_graphql
  async_graphql_files >"$BUILT/async-graphql.stamp"
}

# In a folder of its own, because Cargo wants a lock that names the registry: versions.lock is that lock without it.
# shellcheck disable=SC2317
build_async_graphql() {
  local folder=$BUILT/async-graphql.build
  mkdir -p "$folder" && cp -R "$ASYNC_GRAPHQL/Cargo.toml" "$ASYNC_GRAPHQL/src" "$folder" &&
    awk '/^checksum = / { print "source = \"registry+https://github.com/rust-lang/crates.io-index\"" } { print }' \
      "$ASYNC_GRAPHQL/versions.lock" >"$folder/Cargo.lock" &&
    (cd "$folder" && cargo build --locked --release) &&
    cp "$folder/target/release/tickql-bench-async-graphql" "$BUILT/async-graphql" && rm -rf "$folder/target"
}
