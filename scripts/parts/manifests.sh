# What checks the files of deploy/ that no program here runs: from PyPI, in a folder of its own, and systemd's own checks.
# shellcheck shell=bash disable=SC2154

MANIFESTS=.tickql/manifests
KUSTOMIZE=.tickql/kustomize
KUSTOMIZE_VERSION=v5.7.1

manifests_stamp() { echo "$(hash_of tests/deploy/requirements.lock) $KUSTOMIZE_VERSION $(python_stamp)"; }

manifests_ready() { stamped "$MANIFESTS/tickql-setup" "$(manifests_stamp)" && { has_program systemd-analyze || ! can_apt; }; }

manifests_install() {
  python_ready || python_install
  if ! has_program systemd-analyze && can_apt; then
    step "systemd's checks (as root: apt-get install systemd)" apt_install systemd
  fi
  ! has_program go || step "kustomize (go install)" install_kustomize
  rm -rf "$MANIFESTS"
  step "checks of manifests" .venv/bin/python -m pip install --disable-pip-version-check --require-hashes --only-binary :all: \
    --target "$MANIFESTS" -r tests/deploy/requirements.lock
  manifests_stamp >"$MANIFESTS/tickql-setup"
}

# With a Go that is too old for it, the tests of what kustomize builds are left out.
# shellcheck disable=SC2317
install_kustomize() {
  GOBIN="$root/$KUSTOMIZE" go install "sigs.k8s.io/kustomize/kustomize/v5@$KUSTOMIZE_VERSION" || echo "no kustomize"
}
