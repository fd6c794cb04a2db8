#!/bin/sh
# After an install or an upgrade: dpkg says "configure" and the version before, if any; rpm how many are installed now.
# Nothing is started that did not run: a fresh install has no keys of providers yet.
set -eu

case "${1:-} ${2:-}" in
  "configure " | "1 ") upgraded=no ;;
  *) upgraded=yes ;;
esac
# A systemd that refuses, or a gateway that does not come back, must not leave the package half installed; systemctl has said why.
if [ -d "${DPKG_ROOT:-}/run/systemd/system" ]; then
  systemctl daemon-reload || true
  [ "$upgraded" = no ] || systemctl try-restart tokligence.service || true
fi
[ "$upgraded" = yes ] || echo "To start the gateway now and with the machine: systemctl enable --now tokligence"
