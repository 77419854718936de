# A Chromium for the producer. Whether there is one, its module `browser_program` decides; `tickql install-browser` gets it.
# shellcheck shell=bash

BROWSER_ADVICE="to get a browser: install Chromium or Chrome (Debian: sudo apt-get install chromium), or set TICKQL_BROWSER to one's path"

browser_ready() { driver_runs && has_browser; }

browser_install() {
  # Both the driver and the search for a browser are among the Python packages.
  python_ready || python_install
  driver_runs || driver_install
  has_browser || get_browser
  has_browser || fail "still no browser. $BROWSER_ADVICE"
}

# Playwright's driver is a Node.js of its own. It needs the library libatomic, which a bare Debian does not have.
driver() { echo .venv/lib/python3*/site-packages/playwright/driver/node; }

driver_runs() { [ ! -x "$(driver)" ] || "$(driver)" --version >/dev/null 2>&1; }

driver_install() {
  can_apt || fail "Playwright's driver cannot run here:" \
    "  $("$(driver)" --version 2>&1 | head -n 1)" \
    "usually libatomic is missing (Debian: sudo apt-get install libatomic1)"
  step "Playwright's driver (as root: libatomic1)" apt_install libatomic1
}

# Asked only while the driver runs: it knows where Playwright keeps the browser that it downloads.
has_browser() {
  [ -x .venv/bin/python ] && .venv/bin/python -m tickql.producer.browser.browser_program >/dev/null 2>&1
}

# As root on Debian the system's package: unlike Playwright's browser it brings the libraries that it needs.
get_browser() {
  local options=()
  if can_apt; then options=(--system --yes); elif is_root; then options=(--yes); fi
  advice=$BROWSER_ADVICE step "browser (tickql install-browser${options[*]+ ${options[*]}})" \
    env DEBIAN_FRONTEND=noninteractive .venv/bin/python -m tickql install-browser ${options[@]+"${options[@]}"}
}
