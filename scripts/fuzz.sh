#!/usr/bin/env bash
# Runs every fuzz target for a while: FUZZTIME each, 30 s when not set.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
grep -rhoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . >/dev/null || die "no fuzz target found"
grep -rlE --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do
  grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | sed 's/func //' | while read -r target; do
    say "$dir $target"
    go test "$dir" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" -fuzzminimizetime 5x
  done
done
