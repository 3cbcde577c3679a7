#!/usr/bin/env bash
# Puts Apache Kafka's jars from Maven Central into the user's cache, unless they are there. Needs Maven and Java.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' pom.xml)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/alumiini/kafka-$version
if [[ -d $directory ]]; then exit 0; fi
mkdir -p "$(dirname "$directory")"
# Renamed at the end, so that the directory is there with all jars or not at all, even while another install runs.
partial=$(mktemp -d "$directory.XXXXXX")
trap 'rm -rf "$partial"' EXIT
mvn -q -B dependency:copy-dependencies "-DoutputDirectory=$partial"
mv -T "$partial" "$directory" 2>/dev/null || [[ -d $directory ]]
