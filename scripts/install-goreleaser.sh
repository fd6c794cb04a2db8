#!/bin/sh
# Builds the pinned GoReleaser from its Go module: `sh scripts/install-goreleaser.sh .cache/goreleaser/goreleaser`.
# Any Go since 1.16 will do, Debian's too: it fetches the pinned toolchain, which is a module like any other. Everything is
# checked against Go's checksum database. About 3 minutes on two cores, and 5 GB below the target's folder until it ends.
set -eu

# The last release whose modules are all to be had from the module proxy.
goreleaser=v2.16.0
toolchain=go1.26.8

sh "$(dirname "$0")/require-tools.sh" go
target=$1
mkdir -p "$(dirname "$target")"
work=$(mktemp -d "$(cd "$(dirname "$target")" && pwd)/build-XXXXXX")
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
GOROOT="$root" "$root/bin/go" install -trimpath "github.com/goreleaser/goreleaser/v2@$goreleaser"
cd - >/dev/null
mv "$work/bin/goreleaser" "$target"
