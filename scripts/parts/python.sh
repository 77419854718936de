# The virtual environment .venv with everything in requirements.lock, and tickql itself, editable.
# shellcheck shell=bash disable=SC2154

python_stamp() { echo "$(hash_of requirements.lock pyproject.toml) $root"; }

python_ready() {
  stamped .venv/tickql-setup "$(python_stamp)" && .venv/bin/python -c '' 2>/dev/null
}

python_install() {
  local python
  python=$(find_python)
  if ! usable_venv; then
    step "virtual environment (.venv)" make_venv "$python"
  fi
  step "Python packages" install_locked "$python"
  python_stamp >.venv/tickql-setup
}

usable_python() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The programs in an environment name its folder: one that was moved or copied here is of no use.
usable_venv() {
  usable_python .venv/bin/python && grep -qF "$root/.venv" .venv/bin/activate
}

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if command -v "$name" >/dev/null && usable_python "$name"; then
      command -v "$name"
      return
    fi
  done
  fail "needs Python 3.11 or newer, and found ${PYTHON:-none on the PATH}" \
    "install one (Debian: apt-get install python3 python3-venv python3-pip) or say where: PYTHON=/path/to/python3 make setup"
}

# Debian keeps ensurepip, which puts pip into a new environment, in a package of its own (python3-venv).
# Where it is missing, the machine's own pip installs into the environment from outside (`pip --python`).
make_venv() {
  local python=$1
  if ! "$python" -c 'import ensurepip' && ! "$python" -m pip --version && can_apt; then
    apt_install python3-venv || return
  fi
  if "$python" -c 'import ensurepip'; then
    "$python" -m venv --clear .venv
  else
    "$python" -m pip --version && "$python" -m venv --clear --without-pip .venv
  fi || {
    echo "needs python3-venv or pip 22.3+ for $python (Debian: apt-get install python3-venv)"
    return 1
  }
}

# shellcheck disable=SC2317
install_locked() {
  local pip=(.venv/bin/python -m pip)
  .venv/bin/python -m pip --version || pip=("$1" -m pip --python .venv/bin/python)
  # Two steps: pip checks hashes for all or nothing, and a checkout has none. The builder comes from the lock too.
  # Wheels only: a source package would fetch what builds it, without a hash, and run it.
  "${pip[@]}" install --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock &&
    "${pip[@]}" install --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
}
