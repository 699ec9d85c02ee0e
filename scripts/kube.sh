#!/usr/bin/env bash
# Checks docs/kubernetes against Kubernetes' own types.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
go build -C scripts/kube -o "$bin/kube" .
"$bin/kube" docs/kubernetes
say "docs/kubernetes: every field is one of Kubernetes', and what is named is there"
