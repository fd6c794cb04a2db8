#!/bin/sh
# Tries what was built for this machine, channel by channel, and ends with 1 if one of them failed:
#   sh scripts/release/smoke-built.sh FOLDER VERSION CHANNEL...      FOLDER is what scripts/release/collect.sh filled
set -eu

folder=$1 version=$2
shift 2
# shellcheck source=scripts/release/machine.sh
. "$(dirname "$0")/machine.sh"

# The last of the release's files that a pattern fits: of two kinds of tar the smaller one. Fedora's container has no find.
file() {
  for found in "$folder"/files/$1; do :; done
  [ -f "$found" ] || { echo "smoke: no file fits $1" >&2 && return 1; }
  echo "$found"
}

artefact_of() {
  case $1 in
    archive) file "tokligence_*_${system}_$processor.tar.*" 2>/dev/null || file "tokligence_*_${system}_$processor.zip" ;;
    deb | rpm | apk) file "*$processor*.$1" ;;
    pip) echo "$folder/python" ;;
    npm) echo "$folder/npm" ;;
    installer) echo "$folder/files" ;;
    image)
      image=$folder/docker/candidate.tar
      skopeo copy --quiet "oci-archive:$folder/docker/gateway.oci.tar" "docker-archive:$image:localhost/tokligence:candidate" &&
        echo "$image"
      ;;
    *) echo "$1" ;;
  esac
}

failed=""
for channel in "$@"; do
  artefact=$(artefact_of "$channel") &&
    sh "$(dirname "$0")/smoke.sh" "$channel" "$artefact" "$version" || failed="$failed $channel"
done
[ -z "$failed" ] || { echo "Failed:$failed" >&2 && exit 1; }
