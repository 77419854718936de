# RabbitMQ for the tests of relays, from Debian's package. Its service is not started: tests run nodes of their own.
# shellcheck shell=bash

rabbitmq_ready() { compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null; }

rabbitmq_install() {
  can_apt || fail "no RabbitMQ: install Debian's package rabbitmq-server, as root" \
    "(without it the tests of relays to RabbitMQ are skipped)"
  step "RabbitMQ (apt-get)" apt_install_stopped rabbitmq-server
}

# Installs packages whose services must not run: Debian's policy-rc.d says so meanwhile.
# shellcheck disable=SC2317
apt_install_stopped() {
  local policy=/usr/sbin/policy-rc.d status=0
  if [ -e "$policy" ]; then
    apt_install "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  apt_install "$@" || status=$?
  rm -f "$policy"
  return "$status"
}
