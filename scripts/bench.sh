#!/usr/bin/env bash
# Measures everything in one run, single thread: the native code by Go
# benchmarks, the wire and the memory by the program in bench. Prints a table and
# writes bench.json.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
export VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models} VISAVIS_REQUIRE_MODELS=1
mkdir -p "$var"
say "native code"
GOMAXPROCS=1 OPENCV_FOR_THREADS_NUM=1 OMP_THREAD_LIMIT=1 go test -run '^$' -count "${COUNT:-7}" -benchtime 1s \
  -bench 'DecodeGrey$|DocumentVerdict$|SelfieVerdict$|SelfieBare$|Overhead$' ./capture/opencv ./capture/worker | tee "$var/bench.txt"
say "the wire and the memory"
go run ./bench -native "$var/bench.txt" -out bench.json
