# The GraphiQL page (part `graphiql`), and the packages from npm that build it and check its sources (part `node`).
# shellcheck shell=bash disable=SC2154

GRAPHIQL=api/graphiql

# What node_modules holds: `all`, checks included, or `build`, enough for the page.
node_holds() {
  stamped "$GRAPHIQL/node_modules/.tickql-setup" "$1 $(hash_of "$GRAPHIQL/package-lock.json")"
}

node_ready() { node_holds all; }

node_install() { npm_install all "GraphiQL's packages and checks (npm ci)"; }

npm_install() {
  local holds=$1 name=$2 major
  shift 2
  command -v npm >/dev/null || fail "no npm: install Node.js 18 or newer with npm (Debian: sudo apt-get install npm)"
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  [ "$major" -ge 18 ] || fail "needs Node.js 18 or newer, and found $(node --version)"
  step "$name" npm --prefix "$GRAPHIQL" ci "$@"
  echo "$holds $(hash_of "$GRAPHIQL/package-lock.json")" >"$GRAPHIQL/node_modules/.tickql-setup"
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
  node_holds all || node_holds build || npm_install build "GraphiQL's packages (npm ci)" --omit=dev
  step "GraphiQL page" node "$GRAPHIQL/build.js"
  graphiql_stamp >"$GRAPHIQL/dist/.tickql-setup"
}
