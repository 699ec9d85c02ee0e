#!/usr/bin/env bash
# Measures how many clients this machine holds, in two full runs: idle sessions over TLS
# beside bare sockets, phones that show previews, what overload does, the way of an
# event to the desktop, and enrolments up to the certificate on SQLite and PostgreSQL, with a
# long queue of reviewers and a large export. Prints a table, how far the runs are apart and on which figures they
# agree, writes load.json.
# Arguments go to "bench load": -sessions 1000, -only journey, -runs 1.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
scripts/build.sh
go build -o "$bin/bench" ./bench
# Each idle session is two sockets of one process.
ulimit -n "$(ulimit -Hn)"
exec "$bin/bench" load -programs "$bin" -models "${VISAVIS_MODELS:-$var/models}" "$@"
