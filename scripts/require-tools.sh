#!/bin/sh
# Makes sure that these commands exist: installs their Debian packages where it may, else says what to type.
set -eu

packages=""
for tool in "$@"; do
  case $tool in
    python3-venv) python3 -c "import ensurepip, venv" >/dev/null 2>&1 && continue ;;
    *) command -v "$tool" >/dev/null && continue ;;
  esac
  case $tool in
    npm) packages="$packages nodejs npm" ;;
    go) packages="$packages golang-go" ;;
    systemd-analyze) packages="$packages systemd" ;;
    unshare) packages="$packages util-linux" ;;
    bwrap) packages="$packages bubblewrap" ;;
    xz) packages="$packages xz-utils" ;;
    python3-venv) packages="$packages python3 python3-venv" ;;
    *) packages="$packages $tool" ;;
  esac
done
[ -n "$packages" ] || exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  apt-get update
  # shellcheck disable=SC2086
  exec apt-get install --yes --no-install-recommends $packages
fi
echo "Something is missing. On Debian: sudo apt-get install$packages" >&2
exit 1
