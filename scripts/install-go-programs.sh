#!/bin/sh
# Builds the pinned GoReleaser and actionlint from their Go modules: `sh scripts/install-go-programs.sh .cache/goreleaser`.
# Any Go since 1.16 will do, Debian's too: it fetches the pinned toolchain, which is a module like any other. Everything is
# checked against Go's checksum database. About 3 minutes on two cores, and 5 GB below that folder until it ends.
set -eu

# The last GoReleaser whose modules are all to be had from the module proxy.
programs="github.com/goreleaser/goreleaser/v2@v2.16.0 github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
toolchain=go1.26.8

sh "$(dirname "$0")/require-tools.sh" go
mkdir -p "$1"
folder=$(cd "$1" && pwd)
work=$(mktemp -d "$folder/build-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

export GOPATH="$work/path" GOCACHE="$work/cache" GOBIN="$work/bin" GOFLAGS=-modcacherw GOTOOLCHAIN=local CGO_ENABLED=0
cd "$work"
platform=$(go env GOOS)-$(go env GOARCH)
go mod download "golang.org/toolchain@v0.0.1-$toolchain.$platform"
root="$GOPATH/pkg/mod/golang.org/toolchain@v0.0.1-$toolchain.$platform"
# Modules carry no permissions, and keep go.mod files of their own under another name.
chmod -R u+w,a+x "$root/bin" "$root/pkg/tool"
find "$root" -name _go.mod | while read -r file; do mv "$file" "$(dirname "$file")/go.mod"; done
for program in $programs; do
  GOROOT="$root" "$root/bin/go" install -trimpath "$program"
done
mv "$work"/bin/* "$folder"
