# Debian's packages, where there are any and nobody has to be asked for root.
# shellcheck shell=bash

is_root() { [ "$(id -u)" -eq 0 ]; }

# Debian itself or something built on it whose packages are packages: Ubuntu's chromium is a snap's stub.
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
