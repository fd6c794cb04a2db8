#!/bin/sh
# Installs Tokligence from one artefact as its users do, uses it once, and takes it away again, packages of the system apart:
#   sh scripts/release/smoke.sh CHANNEL ARTEFACT VERSION
# archive FILE · deb FILE, rpm FILE, apk FILE (into this machine, as root: for machines that are thrown away)
# pip FOLDER or REQUIREMENT · npm FOLDER or PACKAGE · image FILE or REFERENCE · installer FOLDER or URL
# A folder or file is what was built; anything else comes from the index, registry or tap that the machine is set to.
# Used is: `version` says VERSION, `init --yes`, `serve`, a call to the model `loopback`, `stop`, and serve ends with 0.
set -eu

[ $# -eq 3 ] || {
  echo "Usage: smoke.sh CHANNEL ARTEFACT VERSION" >&2
  exit 2
}
channel=$1 artefact=$2 version=$3
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/release/machine.sh
. "$here/machine.sh"
scratch=$(mktemp -d)
serving="" web="" container=""
began=$(date +%s)

leave() {
  for process in $serving $web; do
    kill "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
  [ -z "$container" ] || "$engine" rm --force "$container" >/dev/null 2>&1 || true
  # Windows holds a program's file for a moment after its end.
  rm -rf "$scratch" || { sleep 2 && rm -rf "$scratch"; }
}
trap leave EXIT
trap 'exit 130' INT TERM

fail() {
  echo "smoke: $channel $artefact: $*" >&2
  [ ! -s "$scratch/log" ] || sed 's/tok_[a-z]*_[A-Za-z0-9]*/[key]/g; s/^/  /' "$scratch/log" >&2
  exit 1
}

# The port goes by the process: runs beside each other hardly meet.
port=$((20000 + $$ % 20000))
export HOME="$scratch/home" TOKLIGENCE_CONFIG_DIR="$scratch/config" TOKLIGENCE_GATEWAY_PORT="$port"
export PIP_DISABLE_PIP_VERSION_CHECK=1 npm_config_update_notifier=false DEBIAN_FRONTEND=noninteractive
mkdir -p "$HOME"

# Tries a command until it succeeds, for at most half a minute and while what serves is alive.
eventually() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 150 ] || fail "no success within 30 s: $*"
    [ -z "$serving" ] || kill -0 "$serving" 2>/dev/null || fail "serve ended"
    sleep 0.2
  done
}

get() {
  if command -v curl >/dev/null; then curl -fsS "$@"; else wget -qO- "$@"; fi
}

# One call to the built-in model, with a key where one is given; it says again what it is told.
ask() {
  body='{"model":"loopback","messages":[{"role":"user","content":"smoke"}]}'
  url=http://127.0.0.1:$port/v1/chat/completions
  kind='content-type: application/json'
  if command -v curl >/dev/null; then
    answer=$(curl -fsS "$url" -H "$kind" -H "authorization: Bearer ${1:-none}" -d "$body") || fail "no answer"
  else
    answer=$(wget -qO- --header "$kind" --header "authorization: Bearer ${1:-none}" --post-data "$body" "$url") || fail "no answer"
  fi
  case $answer in
    *'"content":"smoke"'*) answered=$(date +%s) ;;
    *) fail "it answered $answer" ;;
  esac
}

says_version() {
  [ "$1" = "tokligence $version" ] || fail "it says '$1', not 'tokligence $version'"
}

use() {
  says_version "$("$1" version)"
  "$1" init --yes >"$scratch/log" 2>&1 || fail "init ended with $?"
  "$1" serve >"$scratch/log" 2>&1 &
  serving=$!
  eventually "$1" status
  ask
  "$1" stop >/dev/null || fail "stop ended with $?"
  wait "$serving" || fail "serve ended with $?"
  serving=""
}

python=$(command -v python3 || command -v python || true)

# The folder of programs in a virtual environment.
programs() {
  if [ -d "$1/Scripts" ]; then echo "$1/Scripts"; else echo "$1/bin"; fi
}

archive() {
  case $artefact in
    *.zip) unzip -q "$artefact" -d "$scratch/unpacked" ;;
    *) mkdir "$scratch/unpacked" && tar -xf "$artefact" -C "$scratch/unpacked" ;;
  esac
  for program in "$scratch"/unpacked/*/tokligence "$scratch"/unpacked/*/tokligence.exe; do
    [ ! -f "$program" ] || break
  done
  use "$program"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# A package: installed by the machine's own program, used, and its unit started where systemd runs, which with Type=notify
# ends with 0 once it is ready.
package() {
  as_root "$@" >"$scratch/log" 2>&1 || fail "$1 ended with $?"
  use /usr/bin/tokligence
  [ -d /run/systemd/system ] || return 0
  as_root systemctl start tokligence || fail "the unit does not start"
  as_root systemctl stop tokligence
}

pip() {
  "$python" -m venv "$scratch/environment"
  from=$artefact
  if [ -d "$artefact" ]; then
    set -- --no-index --find-links "$artefact"
    from=tokgateway
  else
    set --
  fi
  "$(programs "$scratch/environment")/python" -m pip install --quiet "$@" "$from" || fail "pip ended with $?"
  use "$(programs "$scratch/environment")/tokgateway"
}

npm() {
  if [ -d "$artefact" ]; then
    set -- "$artefact"/tokligence-[0-9]*.tgz "$artefact/tokligence-$system-$processor"-[0-9]*.tgz
    # Those of other machines are not asked for: nothing is fetched.
    set -- --offline --omit=optional "$@"
  else
    set -- "$artefact"
  fi
  command npm install --global --prefix "$scratch/npm" --loglevel=error "$@" >/dev/null || fail "npm ended with $?"
  program="$scratch/npm/bin/tokligence"
  [ -e "$program" ] || program="$scratch/npm/tokligence"
  use "$program"
}

installer() {
  script=install.sh
  [ "$system" != windows ] || script=install.ps1
  base=$artefact
  if [ -d "$artefact" ]; then
    mkdir -p "$scratch/releases/download"
    ln -s "$(cd "$artefact" && pwd)" "$scratch/releases/download/v$version"
    web_port=$((port + 20000))
    (cd "$scratch/releases" && exec "$python" -m http.server --bind 127.0.0.1 "$web_port") >/dev/null 2>&1 &
    web=$!
    base=http://127.0.0.1:$web_port
    eventually get "$base/download/v$version/checksums.txt"
    cp "$here/../../packaging/install/$script" "$scratch/$script"
  else
    get -L "$base/download/v$version/$script" >"$scratch/$script" || fail "there is no $script"
  fi
  export TOKLIGENCE_RELEASES="$base" TOKLIGENCE_VERSION="$version" TOKLIGENCE_INSTALL_DIR="$scratch/bin"
  case $script in
    *.sh) sh "$scratch/$script" >"$scratch/log" 2>&1 ;;
    *) powershell -NoProfile -ExecutionPolicy Bypass -File "$scratch/$script" >"$scratch/log" 2>&1 ;;
  esac || fail "the installer ended with $?"
  program=$scratch/bin/tokligence
  [ -e "$program" ] || program=$program.exe
  use "$program"
}

image() {
  engine=docker
  "$engine" version >/dev/null 2>&1 || engine=podman
  reference=$artefact
  if [ -f "$artefact" ]; then reference=$("$engine" load --quiet --input "$artefact" | sed -n 's/^Loaded image[^:]*: //p' | tail -1); fi
  says_version "$("$engine" run --rm "$reference" version)"
  container=$("$engine" run --detach --publish 127.0.0.1::8081 "$reference")
  port=$("$engine" port "$container" 8081 | sed 's/.*://' | head -1)
  eventually "$engine" exec "$container" tokligence status
  # Beyond its own loopback the gateway wants a key.
  made=$("$engine" exec "$container" tokligence apikey create root@localhost --name smoke --json) || fail "no key"
  ask "$(echo "$made" | sed -n 's/.*"key":"\([^"]*\)".*/\1/p')"
  "$engine" stop "$container" >/dev/null
  ended=$("$engine" inspect --format '{{.State.ExitCode}}' "$container")
  [ "$ended" = 0 ] || fail "the container ended with $ended"
}

# apt-get takes a path for one only where it begins with a slash.
deb() {
  package apt-get install --yes "$(cd "$(dirname "$artefact")" && pwd)/$(basename "$artefact")"
}

case $channel in
  archive | pip | npm | installer | image | deb) "$channel" ;;
  # Nobody has signed it: checksums.txt is. From version 6 on rpm asks.
  rpm) package rpm --install --nosignature "$artefact" ;;
  apk) package apk add --allow-untrusted "$artefact" ;;
  *) fail "there is no such channel" ;;
esac
echo "ok $channel $artefact: tokligence $version, first answer after $((answered - began)) s"
