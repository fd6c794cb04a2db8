#!/bin/sh
# Puts what `make dist snapshot` made where publishing jobs take it from: `sh scripts/release/collect.sh VERSION [FOLDER]`,
# FOLDER is dist/upload. files/ is for the release: what checksums.txt names, it, and manifests for Homebrew and Scoop;
# winget/ has that of winget; python/, npm/ and docker/ are for their registries; notes.md says what changed; contents.txt has
# the SHA-256 of all but the image.
set -eu

version=$1
from=${DIST_DIR:-dist}
into=${2:-$from/upload}
rm -rf "$into"
mkdir -p "$into/files" "$into/python" "$into/npm" "$into/docker"

cp "$from/release/checksums.txt" "$into/files/"
while read -r _ name; do
  for folder in "$from/release" packaging/install; do
    [ ! -f "$folder/$name" ] || cp "$folder/$name" "$into/files/"
  done
done <"$from/release/checksums.txt"
(cd "$into/files" && sha256sum --check --quiet checksums.txt)
cp "$from/release/homebrew/Formula/tokligence.rb" "$from/release/scoop/tokligence.json" "$into/files/"
cp -r "$from/release/winget" "$into/"

cp "$from"/python/wheels/*.whl "$from"/python/sdist/*.tar.gz "$into/python/"
cp "$from"/npm/*.tgz "$into/npm/"
[ ! -f "$from/docker/gateway.oci.tar" ] || cp "$from/docker/gateway.oci.tar" "$into/docker/"
# What is no whole version has the changes that are not released yet.
case $version in
  *+* | *-*) heading=Unreleased ;;
  *) heading=$version ;;
esac
sh "$(dirname "$0")/notes.sh" "$heading" >"$into/notes.md"
(cd "$into" && find files winget python npm notes.md -type f | LC_ALL=C sort | xargs sha256sum) >"$into/contents.txt"
