# The GraphiQL page, built from npm's packages, and the node_modules that building and checking it need.
# shellcheck shell=bash disable=SC2154

GRAPHIQL=api/graphiql

node_ready() {
  stamped "$GRAPHIQL/node_modules/.tickql-setup" "$(hash_of "$GRAPHIQL/package-lock.json")"
}

node_install() {
  local major
  command -v npm >/dev/null || fail "no npm: install Node.js 18 or newer with npm (Debian: sudo apt-get install npm)"
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  [ "$major" -ge 18 ] || fail "needs Node.js 18 or newer, and found $(node --version)"
  step "GraphiQL's packages (npm ci)" npm --prefix "$GRAPHIQL" ci
  hash_of "$GRAPHIQL/package-lock.json" >"$GRAPHIQL/node_modules/.tickql-setup"
}

graphiql_stamp() {
  # shellcheck disable=SC2046
  hash_of "$GRAPHIQL/package-lock.json" "$GRAPHIQL/build.js" $(find "$GRAPHIQL/src" -type f | LC_ALL=C sort)
}

graphiql_ready() { stamped "$GRAPHIQL/dist/.tickql-setup" "$(graphiql_stamp)"; }

graphiql_install() {
  if ! command -v npm >/dev/null && [ "${parts[*]}" != graphiql ]; then
    say "no npm: going on without GraphiQL, the API itself needs none (for the page: install Node.js 18+, then make graphiql)"
    return
  fi
  node_ready || node_install
  step "GraphiQL page" node "$GRAPHIQL/build.js"
  graphiql_stamp >"$GRAPHIQL/dist/.tickql-setup"
}
