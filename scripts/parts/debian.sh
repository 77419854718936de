# Debian's packages, where root needs no password.
# shellcheck shell=bash

is_root() { [ "$(id -u)" -eq 0 ]; }

# Debian or a derivative whose chromium is a real package: that of Ubuntu only installs a snap.
is_debian() {
  [ -r /etc/os-release ] || return 1
  case "$(. /etc/os-release && echo " ${ID:-} ${ID_LIKE:-} ")" in
    *" ubuntu "*) return 1 ;;
    *" debian "*) command -v apt-get >/dev/null ;;
    *) return 1 ;;
  esac
}

can_apt() { is_root && is_debian; }

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  local patience=(-q -o DPkg::Lock::Timeout=120)
  apt-get "${patience[@]}" update && apt-get "${patience[@]}" install -y --no-install-recommends "$@"
}
