#!/bin/sh
# After a removal, which an upgrade is none of: dpkg says "remove" or "purge", rpm that 0 are left. The books stay, purged or
# not: nobody else has them.
set -eu

case "${1:-}" in
  remove | purge | 0) ;;
  *) exit 0 ;;
esac
[ ! -d "${DPKG_ROOT:-}/run/systemd/system" ] || systemctl daemon-reload || true
[ ! -e "${DPKG_ROOT:-}/var/lib/tokligence" ] || echo "What the gateway has written stays in /var/lib/tokligence."
