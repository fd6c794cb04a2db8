#!/bin/sh
# Before a removal, and before an upgrade, which is none: dpkg says "remove", rpm that 0 will be left.
set -eu

case "${1:-}" in
  remove | 0) ;;
  *) exit 0 ;;
esac
# Whatever systemd says of it, the package can be removed.
[ ! -d "${DPKG_ROOT:-}/run/systemd/system" ] || systemctl disable --now tokligence.service || true
