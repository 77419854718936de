# The pages that the tests watch, bundled with components from npm into .tickql/pages.
# shellcheck shell=bash disable=SC2154

PAGES=tests/conformance/pages

pages_stamp() {
  # shellcheck disable=SC2046
  hash_of $(find "$PAGES" -name node_modules -prune -o -type f \( -name '*.js' -o -name '*.jsx' -o -name '*.ts' -o -name package-lock.json \) -print |
    LC_ALL=C sort)
}

pages_ready() { stamped .tickql/pages/.tickql-setup "$(pages_stamp)"; }

page_packages_ready() { stamped "$PAGES/node_modules/.tickql-setup" "$(hash_of "$PAGES/package-lock.json")"; }

pages_install() {
  local major
  if ! command -v npm >/dev/null; then
    say "no npm: going on without the pages that tests watch (install Node.js 18+, then scripts/setup pages)"
    return
  fi
  major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
  [ "$major" -ge 18 ] || fail "needs Node.js 18 or newer, and found $(node --version)"
  if ! page_packages_ready; then
    step "components of the tests' pages (npm ci)" npm --prefix "$PAGES" ci
    hash_of "$PAGES/package-lock.json" >"$PAGES/node_modules/.tickql-setup"
  fi
  step "pages that tests watch" node "$PAGES/build.js"
  pages_stamp >.tickql/pages/.tickql-setup
}
