#!/usr/bin/env bash
# Has other programs judge the certificates, the proofs and the signed PDF files of the tests; prints the tables of
# docs/trust.md.
#   scripts/oracles.sh [-update]   -update writes the tables into docs/trust.md
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"

# environment FOLDER FILE NAME: a Python environment with what a file pins, made anew when the file changes.
environment() {
  cmp -s "$2" "$1/requirements.txt" && return
  install_packages python3-venv openssl
  say "making the environment of $3"
  python3 -m venv --clear "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: -r "$2"
  cp "$2" "$1/requirements.txt"
}
environment "$var/oracles" scripts/oracles/requirements.txt pkilint
environment "$var/oracles-pades" scripts/oracles/pades.txt pyHanko
if [ ! -x "$bin/zlint" ] || [ scripts/zlint/go.mod -nt "$bin/zlint" ]; then
  say "building zlint"
  go build -C scripts/zlint -o "$bin/zlint" github.com/zmap/zlint/v3/cmd/zlint
fi

wanted=scripts/oracles/dss/pom.xml
if command -v mvn >/dev/null && command -v javac >/dev/null; then # it is run from its source
  if ! cmp -s "$wanted" "$var/oracles/dss/pom.xml"; then
    say "fetching EU DSS"
    rm -rf "$var/oracles/dss"
    mkdir -p "$var/oracles/dss"
    mvn -B -q -f "$wanted" dependency:copy-dependencies -DoutputDirectory="$var/oracles/dss/lib"
    cp "$wanted" "$var/oracles/dss/pom.xml"
  fi
  export VISAVIS_DSS="java -cp $var/oracles/dss/lib/* $root/scripts/oracles/dss/Dss.java"
else
  say "EU DSS is left out: it needs a JDK of Java 17 or newer and Maven (Debian: default-jdk-headless maven)"
fi

# put NAME: writes the table of that name into docs/trust.md.
put() {
  awk -v table="$var/oracles/$1.md" -v begin="<!-- $1 -->" '
    $0 == begin { print; while ((getline line < table) > 0) print line; skip = 1; next }
    /<!-- end -->/ { skip = 0 }
    !skip' docs/trust.md >"$var/oracles/trust.md"
  cp "$var/oracles/trust.md" docs/trust.md
}

export VISAVIS_ZLINT=$bin/zlint VISAVIS_PKILINT="$var/oracles/bin/python $root/scripts/oracles/lint.py"
export VISAVIS_ORACLES=$var/oracles/table.md VISAVIS_DSS_TABLE=$var/oracles/dss.md
go test -trimpath -count=1 -tags oracles -run TestOthersJudgeTheSame ./certificate
if [ "${1:-}" = -update ]; then put table; fi
cat "$VISAVIS_ORACLES"
if [ -n "${VISAVIS_DSS:-}" ]; then
  go test -trimpath -count=1 -tags oracles -run TestDSSJudgesTheSame ./certificate/proof
  if [ "${1:-}" = -update ]; then put dss; fi
  cat "$VISAVIS_DSS_TABLE"
  export VISAVIS_PYHANKO="$var/oracles-pades/bin/python $root/scripts/oracles/pades.py"
  export VISAVIS_PADES_TABLE=$var/oracles/pades.md
  go test -trimpath -count=1 -tags oracles -run TestOthersAcceptWhatIsSigned ./certificate/pades
  if [ "${1:-}" = -update ]; then put pades; fi
  cat "$VISAVIS_PADES_TABLE"
fi
