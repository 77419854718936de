# A Chromium for the producer, looked for where the producer looks: TICKQL_BROWSER, Playwright's own, the PATH.
# shellcheck shell=bash

browser_ready() {
  if [ -n "${TICKQL_BROWSER:-}" ]; then
    command -v "$TICKQL_BROWSER" >/dev/null
    return
  fi
  [ -n "$(playwright_chromium)" ] || [ -n "$(path_chromium)" ]
}

browser_install() {
  [ -z "${TICKQL_BROWSER:-}" ] || fail "TICKQL_BROWSER is '$TICKQL_BROWSER', which is no program: unset it or give a browser's path"
  if can_apt; then
    step "browser (as root: apt-get install chromium)" apt_install chromium fonts-liberation
  elif is_root; then
    step "browser (playwright install chromium)" .venv/bin/python -m playwright install --with-deps chromium
  else
    say "no browser found, and installing one for everybody would need root: fetching Playwright's own for you alone"
    say "(or stop here, and: sudo apt-get install chromium)"
    step "browser (playwright install chromium)" .venv/bin/python -m playwright install chromium
  fi
  browser_ready || fail "still no browser: $BROWSER_ADVICE"
}

BROWSER_ADVICE="install Chromium or Chrome (Debian: sudo apt-get install chromium), or set TICKQL_BROWSER to one's path"

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
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
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
