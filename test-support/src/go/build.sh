#!/usr/bin/env bash
# Builds a Go program into the user's cache, unless it is there: bash test-support/src/go/build.sh <its directory>
set -euo pipefail
cd "$1"
name=$(sed -n 's:^module .*/::p' go.mod)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/alumiini/$name-$(cat go.mod main.go | cksum | cut -d' ' -f1)
if [[ -x $directory/$name ]]; then exit 0; fi
go=$(command -v go || echo /usr/local/go/bin/go)
if [[ ! -x $go ]]; then
  echo "no Go to build $name with"
  exit 1
fi
mkdir -p "$directory"
# Renamed at the end, so that the program is there whole or not at all, even while another build runs.
partial=$(mktemp "$directory/$name.XXXXXX")
trap 'rm -f "$partial"' EXIT
CGO_ENABLED=0 "$go" build -trimpath -ldflags="-s -w" -o "$partial" .
mv "$partial" "$directory/$name"
