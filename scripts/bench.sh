#!/usr/bin/env bash
# Measures everything in one run, single thread: the native code by Go
# benchmarks, the API by its test, the wire and the memory by the program in bench. Prints a table and
# writes bench.json.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
export VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models} VISAVIS_REQUIRE_MODELS=1
mkdir -p "$var/bench"
# What a worker process is told (environment in capture/worker/child.go).
worker=(GOMAXPROCS=1 OMP_THREAD_LIMIT=1 GOGC=400
  MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=67108864)
say "native code"
for package in capture/opencv capture/opencv/face capture/worker; do
  go test -c -o "$var/bench/${package##*/}" "./$package"
done
for _ in $(seq "${COUNT:-7}"); do
  for package in capture/opencv capture/opencv/face capture/worker; do
    (cd "$package" && env "${worker[@]}" "$var/bench/${package##*/}" -test.run '^$' -test.benchtime 1s \
      -test.bench 'DecodeGrey$|DocumentVerdict$|SelfieVerdict$|SelfieBare$|Overhead$')
  done
done | tee "$var/bench.txt"
say "composed previews of every kind and guided sequences, twice: a figure counts where both runs agree"
go build -o "$var/bench/bench" ./bench
env "${worker[@]}" "$var/bench/bench" previews -models "$VISAVIS_MODELS" -out bench.json | tee "$var/bench-previews.txt"
say "the API, on SQLite and PostgreSQL"
VISAVIS_FIGURES=$var/bench-api.json go test -count=1 -run FiguresOfTheAPI ./server/enrolments
say "the wire and the memory"
"$var/bench/bench" -native "$var/bench.txt" -figures "$var/bench-api.json" -out bench.json
