# Tests that are run once more; sourced by test.sh, behind lib.sh.
# shellcheck shell=bash

tmp=$(mktemp -d)
flaky=() # what passed at the second time only

# again WHAT NAMES CMD... runs CMD with each of NAMES behind it, when they are three at most.
again() {
  local what=$1 names
  mapfile -t names < <(printf '%s' "$2")
  shift 2
  [ ${#names[@]} -gt 0 ] || die "$what failed, and names nothing that did"
  [ ${#names[@]} -le 3 ] || die "${#names[@]} of $what failed: ${names[*]}"
  for name in "${names[@]}"; do
    say "FAILED: $name; once more, alone"
    "$@" "$name" || die "failed twice: $name"
    flaky+=("$name")
  done
}

# node_try FOLDER ARGS... runs node --test in a folder and writes the files that failed to $tmp/failed-files. A file that
# runs no test is one of them, though node passes it.
node_try() {
  local folder=$1 out=$tmp/failed-files code=0
  shift
  # shellcheck disable=SC2154 # root is of lib.sh
  (cd "$folder" && node --test --test-reporter=tap --test-reporter-destination=stdout \
    --test-reporter="$root/e2e/lib/failed.js" --test-reporter-destination="$out" "$@") || code=1
  [ ! -s "$out" ] || code=1
  return "$code"
}

# node_tests WHAT FOLDER ARGS... runs node --test in a folder; files that fail, once more.
node_tests() {
  local what=$1 folder=$2
  shift 2
  node_try "$folder" "$@" && return
  again "$what" "$(cat "$tmp/failed-files")" node_try "$folder"
}
