#!/usr/bin/env bash
# Runs every test: Go with the race detector, JavaScript, the browser. Nothing
# is skipped silently: what is missing fails, and the real images are used
# when VISAVIS_EVAL or ../shared/eval has them. Up to three packages of Go or files
# of JavaScript tests that fail are run once more, alone, since a busy machine fails
# them too; so are api-fuzz and the test of a full disk. The last line says which. A data
# race fails at once: it is seen by chance, so that a second run without it says nothing.
#   scripts/test.sh [go|js|e2e ...]     all when none is named
set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/tries.sh"
cd "$root"

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(go js e2e)

if [ -z "${VISAVIS_EVAL:-}" ] && [ -d ../shared/eval ]; then
  VISAVIS_EVAL=$(cd ../shared/eval && pwd)
fi
if [ -n "${VISAVIS_EVAL:-}" ]; then
  say "real images: used"
  export VISAVIS_EVAL
else
  say "real images: absent (set VISAVIS_EVAL to a folder of labelled images); the tests on them do not run"
fi
export VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models}
# What setup.sh installed must be there: a test that lacks it fails.
export VISAVIS_REQUIRE_MODELS=1 VISAVIS_REQUIRE_REDIS=1 VISAVIS_REQUIRE_POSTGRES=1 VISAVIS_REQUIRE_S3=1 VISAVIS_REQUIRE_SPECIMEN=1
export VISAVIS_REQUIRE_SOFTHSM=1 VISAVIS_ZLINT=$bin/zlint
export VISAVIS_REQUIRE_FFMPEG=1 VISAVIS_REQUIRE_FIREFOX=1
export VISAVIS_REQUIRE_CLIENTS=1 VISAVIS_PYTHON=$var/python/bin/python

# mounts reports whether somebody may mount a file system: root, or root of a user namespace.
mounts() { unshare --mount true 2>/dev/null || unshare --user --map-root-user --mount true 2>/dev/null; }

# go_tests ARGS... runs go test; packages that fail, once more.
go_tests() {
  local out=$tmp/go-test.log
  go test -timeout 30m -shuffle=on "$@" 2>&1 | tee "$out" && return
  if grep -q '^WARNING: DATA RACE' "$out"; then die "a data race"; fi
  local flags=() arg
  for arg in "$@"; do case $arg in ./* | /*) ;; *) flags+=("$arg") ;; esac; done
  # A package's line has a tab behind FAIL; what a test prints itself does not.
  again "packages of Go" "$(awk -F'\t' '$1 == "FAIL" && NF > 1 {sub(/ .*/, "", $2); print $2}' "$out" | sort -u)" \
    go test -timeout 30m -shuffle=on "${flags[@]}"
}

# api_fuzz calls the API for a minute with what its description allows and forbids.
api_fuzz() { FUZZ_SECONDS=60 FUZZ_SEED=${FUZZ_SEED:-1} "$root/scripts/api-fuzz.sh" >"$var/api-fuzz.log" 2>&1; }

# full_disk fills the disk of a server that runs.
full_disk() {
  VISAVIS_CHAOS_SLACK=5 go test -tags chaos -count=1 -run TestDiskFull ./qa/chaos >"$var/full-disk.log" 2>&1
}

# ended WHAT PID LOG CMD waits for what runs beside the browser tests; when it failed, CMD runs it once more.
ended() {
  wait "$2" && return
  cat "$3" >&2
  say "FAILED: $1; once more, alone"
  "$4" || { cat "$3" >&2; die "failed twice: $1"; }
  flaky+=("$1")
}

trap 'wait; rm -rf "$tmp"' EXIT # api-fuzz and the full disk end by themselves, and clean up

for part in "${parts[@]}"; do
  case $part in
    go)
      say "go test -race"
      go vet ./...
      # Pictures take ten times as long under the race detector: what measures them is tested
      # without it, further down, but for the tests of pictures measured at the same time.
      measuring=(./bench ./capture/opencv/... ./cmd/eval/... ./qa/hands)
      # What takes longest begins first, so that no processor waits for it at the end.
      long=(./server/enrolments ./cmd/visavis)
      mapfile -t others < <(go list -f '{{.Dir}}' ./... | grep -vxF -f <(go list -f '{{.Dir}}' "${measuring[@]}" "${long[@]}") |
        sed "s#^$root\$#./#; s#^$root/#./#")
      [ ${#others[@]} -gt 0 ] || die "no packages of Go are listed"
      VISAVIS_EVAL='' go_tests -race "${long[@]}" "${others[@]}"
      go_tests -race -run AtTheSameTime ./capture/opencv
      say "go test of the whole program, the scenarios and the workers, which have limits of memory and time"
      go_tests -run WholeProgram ./cmd/visavis
      # Scenarios wait for most of their time, so that more of them run at the same time than there are processors.
      go_tests -parallel 8 ./cmd/qa ./capture/worker
      say "go test of what measures pictures"
      go_tests "${measuring[@]}" ;;
    js)
      say "node --test static"
      mapfile -t files < <(find static -name '*.test.js')
      node_tests "files of static" "$root" "${files[@]}"
      say "node --test clients/ts"
      node_tests "files of clients/ts" "$root" clients/ts/wire.test.mjs clients/ts/api.test.mjs ;;
    e2e)
      say "browser tests; beside them a minute of api-fuzz, and a full disk"
      "$root/scripts/build.sh"
      api_fuzz &
      fuzz=$! disk=
      if mounts; then
        full_disk &
        disk=$!
      else
        say "nobody may mount a file system here: no disk is filled"
      fi
      node_tests "files of browser tests" "$root/e2e" --test-concurrency=2 "$root"/e2e/*.test.js
      ended "api-fuzz (FUZZ_SEED has it call the same again)" "$fuzz" "$var/api-fuzz.log" api_fuzz
      [ -z "$disk" ] || ended "the test of a full disk" "$disk" "$var/full-disk.log" full_disk ;;
    *) die "unknown part $part: go, js or e2e" ;;
  esac
done
say "all tests passed: ${parts[*]}${flaky[*]:+; at the second time only: ${flaky[*]}}"
