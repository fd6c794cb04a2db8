# What archives and packages call this machine, for scripts that read this one.
# shellcheck shell=sh disable=SC2034
case "$(uname -s)" in
  Linux) system=linux ;;
  Darwin) system=darwin ;;
  *) system=windows ;;
esac
# On Windows for ARM the shell is one for x64 and says so; the name of the system ends with the truth.
case "$(uname -sm)" in
  *ARM64* | *arm64 | *aarch64) processor=arm64 ;;
  *) processor=amd64 ;;
esac
