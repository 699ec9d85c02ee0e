#!/usr/bin/env bash
# Runs the Go tests three times beside as many busy loops as the machine has cores,
# at the tests' own priority: a strange machine is never quiet. Fails when any run
# fails, and says which tests did.
#   scripts/busy.sh [go test arguments ...]     by default ./...
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
export VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models} VISAVIS_ZLINT=$bin/zlint
[ $# -gt 0 ] || set -- ./...

loads=()
quiet() { [ ${#loads[@]} = 0 ] || kill "${loads[@]}" 2>/dev/null || true; }
trap quiet EXIT
for ((i = 0; i < $(nproc); i++)); do
  (while :; do :; done) &
  loads+=($!)
done

failed=0
for run in 1 2 3; do
  say "go test beside ${#loads[@]} busy loops, run $run of 3"
  go test -count=1 -shuffle=on -timeout 60m "$@" 2>&1 | tee "$var/busy.$run.log" || failed=1
done
if [ $failed = 1 ]; then
  grep -h '^ *--- FAIL' "$var"/busy.?.log | sort | uniq -c >&2 || true
  die "some tests need a quiet machine"
fi
say "three runs passed"
