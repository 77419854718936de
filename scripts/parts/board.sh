# The board (part `board`), and the packages from npm that build it and check its sources (part `web`).
# shellcheck shell=bash disable=SC2154

WEB=clients/web
BOARD=api/web_board/dist

# With npm ci's own links to clients/node, whose sources count as the board's.
web_ready() { client_ready && web_packages_ready; }

web_packages_ready() { stamped "$WEB/node_modules/.tickql-setup" "$(hash_of "$WEB/package.json" "$WEB/package-lock.json")"; }

web_install() {
  client_ready || client_install
  web_packages_ready || web_packages_install
}

web_packages_install() {
  local version
  command -v npm >/dev/null || fail "no npm: install Node.js 20.19 or newer with npm"
  version=$(node --version)
  node_is_new_enough "$version" || fail "the board needs Node.js 20.19 or newer, and found $version"
  step "the board's packages (npm ci)" npm --prefix "$WEB" ci
  hash_of "$WEB/package.json" "$WEB/package-lock.json" >"$WEB/node_modules/.tickql-setup"
}

# node_is_new_enough v20.19.2
node_is_new_enough() {
  local major minor
  IFS=. read -r major minor _ <<<"${1#v}"
  [ "$major" -gt 20 ] || { [ "$major" -eq 20 ] && [ "$minor" -ge 19 ]; }
}

board_stamp() {
  # shellcheck disable=SC2046
  hash_of schema.graphql $(board_sources | LC_ALL=C sort)
}

# What the board is built from: not what is installed, generated or only for tests.
board_sources() {
  find "$WEB" clients/node \( -name node_modules -o -name dist -o -path "$WEB/src/graphql" \) -prune \
    -o -type f ! -name '*.test.*' ! -name '.prettier*' ! -name 'eslint*' -print 2>/dev/null
}

board_ready() { stamped "$BOARD/.tickql-setup" "$(board_stamp)"; }

board_install() {
  if ! command -v npm >/dev/null && [ "${parts[*]}" != board ]; then
    say "no npm: going on without the board, the API itself needs none (for it: install Node.js 20.19+, then make board)"
    return
  fi
  # It is built with the JavaScript client, as that is built.
  web_ready || web_install
  step "the board" npm --prefix "$WEB" run build
  board_stamp >"$BOARD/.tickql-setup"
}
