# The load balancers that deploy/ has configurations for: Debian's nginx and HAProxy. Tests run them as they are configured.
# shellcheck shell=bash disable=SC2154

BALANCERS=.tickql/balancers

balancers_ready() { [ -f "$BALANCERS/.tickql-setup" ] || { has_program nginx && has_program haproxy; }; }

has_program() { PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null; }

balancers_install() {
  if ! can_apt; then
    say "going on without nginx and HAProxy (Debian: sudo apt-get install nginx haproxy)"
    return
  fi
  step "nginx and HAProxy (apt-get download)" unpack_balancers
  : >"$BALANCERS/.tickql-setup"
}

# Unpacked, not installed: Debian's packages would start servers on the machine's ports. With all that they need and that
# this machine does not have.
# shellcheck disable=SC2317
unpack_balancers() {
  rm -rf "$BALANCERS" && mkdir -p "$BALANCERS/packages/partial" && apt-get -q update &&
    apt-get -q -o DPkg::Lock::Timeout=120 -o APT::Sandbox::User=root -o "Dir::Cache::archives=$root/$BALANCERS/packages" \
      install -y --no-install-recommends --download-only nginx haproxy || return
  local package
  for package in "$BALANCERS"/packages/*.deb; do
    dpkg-deb --extract "$package" "$BALANCERS" || return
  done
  rm -rf "$BALANCERS/packages"
}
