#!/usr/bin/env bash
# Builds the programs into var/bin. Extra arguments go to go build (-race).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
mkdir -p "$bin"
[ -d "$(go env GOCACHE)/00" ] || say "first build: OpenCV's bindings take a few minutes"
go build "$@" -o "$bin/" ./cmd/visavis ./cmd/qa ./cmd/eval
