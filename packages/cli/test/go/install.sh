#!/usr/bin/env bash
# Builds the program that decodes manifests as the API server does with Go into the user's cache, unless it is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=$(cat go.mod main.go | cksum | cut -d' ' -f1)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/alumiini/manifests-$version
if [[ -x $directory/manifests ]]; then exit 0; fi
go=$(command -v go || echo /usr/local/go/bin/go)
if [[ ! -x $go ]]; then
  echo "no Go to read manifests with"
  exit 1
fi
mkdir -p "$directory"
# Renamed at the end, so that the program is there whole or not at all, whoever else builds meanwhile.
partial=$(mktemp "$directory/manifests.XXXXXX")
trap 'rm -f "$partial"' EXIT
CGO_ENABLED=0 "$go" build -trimpath -ldflags="-s -w" -o "$partial" .
mv "$partial" "$directory/manifests"
