# The servers that `make bench` measures tickql beside: Node's from npm, and Debian's nginx with nchan. Nothing here is
# needed for anything else, and nothing fails for want of it: the results say who was left out, and why.
# shellcheck shell=bash disable=SC2154

PEERS=bench/peers
NGINX=.tickql/nginx

peers_ready() { charts_ready && npm_peers_ready && nginx_ready; }

peers_install() {
  charts_ready || charts_install
  npm_peers_ready || npm_peers_install
  nginx_ready || nginx_install
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
