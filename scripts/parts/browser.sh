# A Chromium for the producer, looked for where the producer looks: TICKQL_BROWSER, Playwright's own, the PATH.
# shellcheck shell=bash

BROWSER_ADVICE="to get a browser: install Chromium or Chrome (Debian: sudo apt-get install chromium), or set TICKQL_BROWSER to one's path"

browser_ready() { driver_runs && has_browser; }

browser_install() {
  driver_runs || driver_install
  has_browser || get_browser
  has_browser || fail "still no browser. $BROWSER_ADVICE"
}

# Playwright talks to the browser through a Node of its own, which needs a library that a bare Debian has not.
driver() { echo .venv/lib/python3*/site-packages/playwright/driver/node; }

driver_runs() { [ ! -x "$(driver)" ] || "$(driver)" --version >/dev/null 2>&1; }

driver_install() {
  can_apt || fail "Playwright's driver cannot run here:" \
    "  $("$(driver)" --version 2>&1 | head -n 1)" \
    "it mostly lacks libatomic (Debian: sudo apt-get install libatomic1)"
  step "Playwright's driver (as root: libatomic1)" apt_install libatomic1
}

has_browser() {
  if [ -n "${TICKQL_BROWSER:-}" ]; then
    command -v "$TICKQL_BROWSER" >/dev/null
    return
  fi
  [ -n "$(playwright_chromium)" ] || [ -n "$(path_chromium)" ]
}

get_browser() {
  [ -z "${TICKQL_BROWSER:-}" ] || fail "TICKQL_BROWSER is '$TICKQL_BROWSER', which is no program: unset it or give a browser's path"
  if can_apt; then
    # chromium-sandbox: for whoever runs it later and is not root, where the kernel gives them no sandbox.
    step "browser (as root: apt-get install chromium)" apt_install chromium chromium-sandbox fonts-liberation
  elif is_root; then
    advice=$BROWSER_ADVICE step "browser (playwright install chromium)" \
      .venv/bin/python -m playwright install --with-deps chromium
  else
    say "no browser here, and installing one for everybody needs root: fetching Playwright's own, for you alone"
    advice=$BROWSER_ADVICE step "browser (playwright install chromium)" \
      .venv/bin/python -m playwright install chromium
  fi
}

# Playwright downloads into a folder named by the revision that its own list gives.
playwright_chromium() {
  local list revision store
  list=$(echo .venv/lib/python3*/site-packages/playwright/driver/package/browsers.json)
  [ -f "$list" ] || return 0
  revision=$(sed -n '/"name": "chromium",/,/"revision"/s/.*"revision": "\([0-9]*\)".*/\1/p' "$list" | head -n 1)
  case "$(uname -s)" in
    Darwin) store=${HOME:-}/Library/Caches/ms-playwright ;;
    *) store=${XDG_CACHE_HOME:-${HOME:-}/.cache}/ms-playwright ;;
  esac
  store=${PLAYWRIGHT_BROWSERS_PATH:-$store}
  [ ! -f "$store/chromium-$revision/INSTALLATION_COMPLETE" ] || echo "$store/chromium-$revision"
}

path_chromium() {
  local name found
  for name in chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
    if found=$(command -v "$name") && ! is_snap "$found"; then
      echo "$found"
      return
    fi
  done
}

# A snap's browser, or the script that stands in for one, cannot read the profile folder that Playwright gives it.
is_snap() {
  case "$(readlink -f "$1" 2>/dev/null || echo "$1")" in /snap/* | */bin/snap) return 0 ;; esac
  head -c 4096 "$1" | LC_ALL=C grep -q '/snap/bin'
}
