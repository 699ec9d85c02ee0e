#!/usr/bin/env bash
# Has other programs judge the certificates of the tests and prints the table of docs/trust.md.
#   scripts/oracles.sh [-update]   -update writes the table into docs/trust.md
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"

wanted=scripts/oracles/requirements.txt
if ! cmp -s "$wanted" "$var/oracles/requirements.txt"; then
  say "making the environment of pkilint"
  python3 -m venv --clear "$var/oracles"
  "$var/oracles/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: -r "$wanted"
  cp "$wanted" "$var/oracles/requirements.txt"
fi
if [ ! -x "$bin/zlint" ] || [ scripts/zlint/go.mod -nt "$bin/zlint" ]; then
  say "building zlint"
  go build -C scripts/zlint -o "$bin/zlint" github.com/zmap/zlint/v3/cmd/zlint
fi

export VISAVIS_ZLINT=$bin/zlint VISAVIS_PKILINT="$var/oracles/bin/python $root/scripts/oracles/lint.py"
export VISAVIS_ORACLES=$var/oracles/table.md
go test -trimpath -count=1 -tags oracles -run TestOthersJudgeTheSame ./certificate
if [ "${1:-}" = -update ]; then
  awk -v table="$VISAVIS_ORACLES" '
    /<!-- table -->/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
    /<!-- end -->/ { skip = 0 }
    !skip' docs/trust.md >"$var/oracles/trust.md"
  cp "$var/oracles/trust.md" docs/trust.md
fi
cat "$VISAVIS_ORACLES"
