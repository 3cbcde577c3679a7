#!/usr/bin/env bash
# Builds the program that prints Flux's own events with Go into the user's cache, unless it is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=$(cat go.mod main.go | cksum | cut -d' ' -f1)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/alumiini/flux-events-$version
if [[ -x $directory/flux-events ]]; then exit 0; fi
go=$(command -v go || echo /usr/local/go/bin/go)
if [[ ! -x $go ]]; then
  echo "no Go to build Flux's events with"
  exit 1
fi
mkdir -p "$directory"
# Renamed at the end, so that the program is there whole or not at all, whoever else builds meanwhile.
partial=$(mktemp "$directory/flux-events.XXXXXX")
trap 'rm -f "$partial"' EXIT
CGO_ENABLED=0 "$go" build -trimpath -ldflags="-s -w" -o "$partial" .
mv "$partial" "$directory/flux-events"
