#!/usr/bin/env bash
# Builds an OpenTelemetry Collector with Go into the user's cache, unless it is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=$(sed -n 's:^\tgo\.opentelemetry\.io/collector/otelcol v::p' go.mod)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/alumiini/otelcol-$version
if [[ -x $directory/otelcol ]]; then exit 0; fi
go=$(command -v go || echo /usr/local/go/bin/go)
if [[ ! -x $go ]]; then
  echo "no Go to build an OpenTelemetry Collector with"
  exit 1
fi
mkdir -p "$directory"
# Renamed at the end, so that the program is there whole or not at all, whoever else builds meanwhile.
partial=$(mktemp "$directory/otelcol.XXXXXX")
trap 'rm -f "$partial"' EXIT
CGO_ENABLED=0 "$go" build -trimpath -ldflags="-s -w" -o "$partial" .
mv "$partial" "$directory/otelcol"
