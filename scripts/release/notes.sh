#!/bin/sh
# What a changelog says of a version: `sh scripts/release/notes.sh 1.2.3 [FILE]`, FILE is CHANGELOG.md; 1 and a sentence where it
# says nothing. What is not released yet may be nothing.
set -eu

version=$1
file=${2:-$(dirname "$0")/../../CHANGELOG.md}
grep -q "^## $version\( \|\$\)" "$file" || {
  echo "CHANGELOG.md has no section '## $version'." >&2
  exit 1
}
notes=$(awk -v version="$version" '/^## /{ within = ($2 == version); next } within' "$file" | sed '1{/^$/d;}')
if [ -z "$notes" ] && [ "$version" != Unreleased ]; then
  echo "CHANGELOG.md says nothing below '## $version'." >&2
  exit 1
fi
printf '%s\n' "${notes:-Nothing yet.}"
