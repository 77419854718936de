# What checks the files of deploy/ that no program here runs: from PyPI, in a folder of its own, and systemd's own checks.
# shellcheck shell=bash disable=SC2154

MANIFESTS=.tickql/manifests

manifests_stamp() { echo "$(hash_of tests/deploy/requirements.lock) $(python_stamp)"; }

manifests_ready() { stamped "$MANIFESTS/tickql-setup" "$(manifests_stamp)" && { has_program systemd-analyze || ! can_apt; }; }

manifests_install() {
  python_ready || python_install
  if ! has_program systemd-analyze && can_apt; then
    step "systemd's checks (as root: apt-get install systemd)" apt_install systemd
  fi
  rm -rf "$MANIFESTS"
  step "checks of manifests" .venv/bin/python -m pip install --disable-pip-version-check --require-hashes --only-binary :all: \
    --target "$MANIFESTS" -r tests/deploy/requirements.lock
  manifests_stamp >"$MANIFESTS/tickql-setup"
}
