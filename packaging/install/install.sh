#!/bin/sh
# Installs Tokligence, an LLM gateway in one executable, on Linux and macOS:
#
#   curl -fsSL https://github.com/tokligence/gateway/releases/latest/download/install.sh | sh
#
# It downloads the archive of this machine, checks it against checksums.txt, and those against their signature where cosign is
# installed, and puts one file, tokligence, into TOKLIGENCE_INSTALL_DIR: else ~/.local/bin, for root /usr/local/bin. It asks for
# no rights that it was not started with and changes nothing else.
#
#   TOKLIGENCE_VERSION=1.2.3    another version than the latest
#   TOKLIGENCE_RELEASES=URL     a mirror of https://github.com/tokligence/gateway/releases
#
# It takes no arguments.
say() { printf '%s\n' "$*"; }

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# linux_amd64, darwin_arm64, ...: as archives are called.
platform() {
  system=$(uname -s)
  processor=$(uname -m)
  case $system in
    Linux) system=linux ;;
    Darwin) system=darwin ;;
    MINGW* | MSYS* | CYGWIN*) fail "on Windows, run install.ps1 in PowerShell instead." ;;
    *) fail "there is no executable for $system." ;;
  esac
  # A shell that is translated on a Mac is told of the processor that it is translated for.
  if [ "$system" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then processor=arm64; fi
  case $processor in
    x86_64 | amd64) processor=amd64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) fail "there is no executable for $system on $processor." ;;
  esac
  # A kernel of 64 bits may carry programs of 32.
  if has getconf && [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 32 ]; then
    fail "there is no executable for a system of 32 bits."
  fi
  printf '%s_%s%s' "$system" "$processor" "$(suffix_of_library "$system")"
}

# The C library is asked by its tool. Where that is not installed, a machine that starts programs of glibc is one of glibc.
suffix_of_library() {
  [ "$1" = linux ] || return 0
  if has ldd; then
    case $(ldd --version 2>&1 || :) in *musl*) printf _musl ;; esac
    return
  fi
  for interpreter in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do
    if [ -e "$interpreter" ]; then return; fi
  done
  for interpreter in /lib/ld-musl-*.so.*; do
    if [ -e "$interpreter" ]; then printf _musl; fi
  done
}

# Plain HTTP is for this machine alone; what stands before an @ is no machine.
check_address() {
  case $1 in
    http://*@*) fail "TOKLIGENCE_RELEASES is not an https:// address: $1" ;;
    https://* | http://127.0.0.1[:/]* | http://localhost[:/]* | "http://[::1]"[:/]*) ;;
    *) fail "TOKLIGENCE_RELEASES is not an https:// address: $1" ;;
  esac
}

# download URL FILE
download() {
  protocols='=https'
  case $1 in http://*) protocols='=http,https' ;; esac
  case $loader in
    curl) curl --proto "$protocols" --tlsv1.2 --fail --silent --location --retry 3 --output "$2" "$1" ;;
    *) wget -q -O "$2" "$1" 2>/dev/null ;;
  esac || fail "cannot download $1"
}

sha256() {
  case $digest in
    openssl) openssl dgst -sha256 -r <"$1" ;;
    shasum) shasum -a 256 <"$1" ;;
    *) sha256sum <"$1" ;;
  esac | cut -d ' ' -f 1
}

# first_of "NAME NAME...": the first of these commands that there is.
first_of() {
  for command in $1; do
    if has "$command"; then
      printf '%s' "$command"
      return
    fi
  done
  fail "one of these is needed: $1."
}

# The name of this machine's archive in checksums.txt, in the smallest form that can be unpacked here.
archive_name() {
  for extension in tar.xz tar.gz; do
    if [ "$extension" = tar.xz ] && ! has xz; then continue; fi
    name=$(sed -n "/^[0-9a-f]\{64\}  \(tokligence_[0-9][^ /]*_$2\.$extension\)\$/{s//\1/p;q;}" "$1")
    if [ -n "$name" ]; then
      printf '%s' "$name"
      return
    fi
  done
}

first_line() { printf '%s\n' "${1:-nothing}" | head -n 1; }

# Who signs checksums.txt is the workflow that made the release, at its tag. Without cosign the connection vouches for it.
check_signature() {
  has cosign || return 0
  download "$2/checksums.txt.sigstore.json" "$1.sigstore.json"
  said=$(cosign verify-blob --new-bundle-format --bundle "$1.sigstore.json" \
    --certificate-identity "https://github.com/tokligence/gateway/.github/workflows/release.yml@refs/tags/v$3" \
    --certificate-oidc-issuer https://token.actions.githubusercontent.com "$1" 2>&1) ||
    fail "cosign does not accept the signature of checksums.txt, nothing was installed. It says: $(first_line "$said")"
  say "The signature of checksums.txt is right."
}

check_sum() {
  expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $2\$/\1/p" "$3")
  actual=$(sha256 "$1")
  [ "$actual" = "${expected:-none}" ] || fail "the checksum of $2 is wrong: nothing was installed."
}

unpack() {
  case $1 in
    *.tar.xz) xz -dc <"$1" ;;
    *) gzip -dc <"$1" ;;
  esac | tar -xf - -C "$2" "$3"
}

# The new one runs before the old one goes.
check_runs() {
  if said=$("$1" version 2>&1) && [ "$said" = "tokligence $2" ]; then return; fi
  case $said in
    *libstdc++*) fail "it needs libstdc++, as apk add libstdc++ installs it: nothing was installed." ;;
  esac
  fail "the new executable does not run here, nothing was installed. It says: $(first_line "$said")"
}

# report FOLDER VERSION REPLACED
report() {
  say "Tokligence $2 is installed as $1/tokligence. To remove it: rm '$1/tokligence'"
  if [ "$3" = yes ]; then say "It replaced the one that was there; a gateway that runs is still that one until it is started again."; fi
  case ":$PATH:" in
    *":$1:"*)
      first=$(command -v tokligence || :)
      if [ "$first" != "$1/tokligence" ]; then say "But the command tokligence is $first, which comes first on PATH."; fi
      ;;
    *) say "Its folder is not on PATH. Put this into the profile of your shell: export PATH=\"$1:\$PATH\"" ;;
  esac
  say "Start it with: tokligence serve"
}

usual_folder() {
  if [ "$(id -u)" -eq 0 ]; then
    printf /usr/local/bin
  else
    [ -n "${HOME:-}" ] || fail "there is no HOME: set TOKLIGENCE_INSTALL_DIR."
    printf %s "$HOME/.local/bin"
  fi
}

install_tokligence() {
  set -eu
  [ $# -eq 0 ] || fail "it takes no arguments, only variables: TOKLIGENCE_VERSION, TOKLIGENCE_INSTALL_DIR, TOKLIGENCE_RELEASES."
  releases=${TOKLIGENCE_RELEASES:-https://github.com/tokligence/gateway/releases}
  releases=${releases%/}
  check_address "$releases"
  wanted=${TOKLIGENCE_VERSION:-latest}
  wanted=${wanted#v}
  platform=$(platform)
  folder=${TOKLIGENCE_INSTALL_DIR:-$(usual_folder)}
  loader=$(first_of "curl wget")
  digest=$(first_of "sha256sum shasum openssl")
  mkdir -p "$folder" 2>/dev/null || :
  if [ ! -d "$folder" ] || [ ! -w "$folder" ]; then fail "$folder cannot be written to: set TOKLIGENCE_INSTALL_DIR."; fi
  # With CDPATH it would look elsewhere, and say where it went.
  folder=$(CDPATH='' cd "$folder" && pwd)
  [ ! -d "$folder/tokligence" ] || fail "$folder/tokligence is a directory."

  # Beside its last place: on the same file system, and one that programs are run from.
  scratch=$(mktemp -d "$folder/.tokligence.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  source=$releases/latest/download
  [ "$wanted" = latest ] || source=$releases/download/v$wanted
  download "$source/checksums.txt" "$scratch/checksums.txt"
  archive=$(archive_name "$scratch/checksums.txt" "$platform")
  [ -n "$archive" ] || fail "$source has no archive for $platform."
  version=${archive#tokligence_}
  version=${version%"_$platform".*}
  [ "$wanted" = latest ] || [ "$wanted" = "$version" ] || fail "$source is of version $version."
  # What is the latest may change in between.
  source=$releases/download/v$version
  check_signature "$scratch/checksums.txt" "$source" "$version"
  say "Downloading $source/$archive"
  download "$source/$archive" "$scratch/$archive"
  check_sum "$scratch/$archive" "$archive" "$scratch/checksums.txt"
  inside=${archive%.tar.*}/tokligence
  unpack "$scratch/$archive" "$scratch" "$inside" || fail "$archive cannot be unpacked: nothing was installed."
  check_runs "$scratch/$inside" "$version"
  replaced=no
  if [ -e "$folder/tokligence" ]; then replaced=yes; fi
  mv -f "$scratch/$inside" "$folder/tokligence" || fail "$folder/tokligence cannot be replaced."
  report "$folder" "$version" "$replaced"
}

# The last line, and in braces: a script that was cut off does nothing.
{ install_tokligence "$@"; }
