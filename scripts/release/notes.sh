#!/bin/sh
# What CHANGELOG.md says of a version: `sh scripts/release/notes.sh 1.2.3`; 1 and a sentence where it says nothing.
set -eu

notes=$(awk -v version="$1" '/^## /{ within = ($2 == version); next } within' "$(dirname "$0")/../../CHANGELOG.md")
[ -n "$notes" ] || {
  echo "CHANGELOG.md has no section '## $1'." >&2
  exit 1
}
printf '%s\n' "$notes" | sed '1{/^$/d;}'
