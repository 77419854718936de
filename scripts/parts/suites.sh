# The suites and clients of others that `make conformance` runs: Node's from npm, and Python's in a folder of their own,
# because some of them are plugins of what the checkout's own tests run with.
# shellcheck shell=bash disable=SC2154

SUITES=tests/conformance
SUITES_PYTHON=.tickql/suites

suites_ready() { npm_clients_ready && python_suites_ready; }

suites_install() {
  npm_clients_ready || npm_clients_install
  python_suites_ready || python_suites_install
}

npm_clients_ready() { stamped "$SUITES/clients/node_modules/.tickql-setup" "$(hash_of "$SUITES/clients/package-lock.json")"; }

npm_clients_install() {
  command -v npm >/dev/null || fail "no npm: install Node.js 20 or newer with npm (Debian: sudo apt-get install npm)"
  [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -ge 20 ] || fail "needs Node.js 20 or newer, and found $(node --version)"
  step "GraphQL clients for Node (npm ci)" npm --prefix "$SUITES/clients" ci
  hash_of "$SUITES/clients/package-lock.json" >"$SUITES/clients/node_modules/.tickql-setup"
}

python_suites_stamp() { echo "$(hash_of "$SUITES/requirements.lock") $(python_stamp)"; }

python_suites_ready() { stamped "$SUITES_PYTHON/tickql-setup" "$(python_suites_stamp)"; }

python_suites_install() {
  python_ready || python_install
  rm -rf "$SUITES_PYTHON"
  step "suites for Python" .venv/bin/python -m pip install --disable-pip-version-check --require-hashes \
    --target "$SUITES_PYTHON" -r "$SUITES/requirements.lock"
  python_suites_stamp >"$SUITES_PYTHON/tickql-setup"
}
