# What `make image-check` builds and runs the container image with: podman and runc, and debootstrap for its base.
# shellcheck shell=bash

image_ready() { has_program podman && has_program runc && has_program debootstrap; }

image_install() {
  can_apt || fail "make image-check needs root on Debian: it installs podman, runc and debootstrap"
  step "podman and debootstrap (as root: apt-get)" apt_install podman runc debootstrap
}
