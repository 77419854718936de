# The npm package tickql-client (clients/node): its packages from npm, and its build.
# shellcheck shell=bash disable=SC2154

CLIENT=clients/node

client_packages_ready() { stamped "$CLIENT/node_modules/.tickql-setup" "$(hash_of "$CLIENT/package-lock.json")"; }

client_stamp() {
  # shellcheck disable=SC2046
  hash_of "$CLIENT/package-lock.json" "$CLIENT"/tsconfig*.json $(find "$CLIENT/src" -type f | LC_ALL=C sort)
}

client_ready() { client_packages_ready && stamped "$CLIENT/dist/.tickql-setup" "$(client_stamp)"; }

client_install() {
  command -v npm >/dev/null || fail "no npm: install Node.js 20 or newer with npm (Debian: sudo apt-get install npm)"
  [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ] || fail "needs Node.js 20 or newer, and found $(node --version)"
  if ! client_packages_ready; then
    step "packages of the JavaScript client (npm ci)" npm --prefix "$CLIENT" ci
    hash_of "$CLIENT/package-lock.json" >"$CLIENT/node_modules/.tickql-setup"
  fi
  rm -rf "$CLIENT/dist"
  step "JavaScript client" npm --prefix "$CLIENT" run --silent build
  client_stamp >"$CLIENT/dist/.tickql-setup"
}
