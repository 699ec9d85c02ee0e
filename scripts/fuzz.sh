#!/usr/bin/env bash
# Runs every fuzz target of the repository for a while: FUZZTIME each, 30 s when not set, with FUZZ_WORKERS processes
# at once, one for each processor when not set. Arguments are folders: their targets alone. Every target is run; the
# ones with a find are named at the end, and Go has written the input beside them (testdata/fuzz).
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
mapfile -t found < <(find "${@:-.}" \( -name node_modules -o -path ./var -o -name .git \) -prune -o -name '*_test.go' -print0 |
  xargs -0 -r grep -HoE '^func Fuzz[A-Za-z0-9_]+' | sed -E 's#/[^/]*_test.go:func # #' | sort -u)
[ ${#found[@]} != 0 ] || die "no fuzz target in ${*:-the repository}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
finds=()
for target in "${found[@]}"; do
  read -r dir name <<<"$target"
  case $dir in .*) ;; *) dir=./$dir ;; esac
  say "$dir $name"
  go test "$dir" -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-30s}" -fuzzminimizetime 5x \
    ${FUZZ_WORKERS:+-parallel "$FUZZ_WORKERS"} 2>&1 | tee "$log" && continue
  # A worker that is within an input when its time ends is reported as a failure (go.dev/issue/75804); a find says more.
  grep -A1 '^--- FAIL: Fuzz' "$log" | tail -n 1 | grep -qx ' *context deadline exceeded' || finds+=("$dir $name")
done
[ ${#finds[@]} = 0 ] || die "a find in: $(printf '%s; ' "${finds[@]}")"
say "${#found[@]} targets, ${FUZZTIME:-30s} each, no find"
