#!/usr/bin/env bash
# Lets phones and sessions come and go for 20 minutes, and fails if goroutines, descriptors
# or memory grow. Arguments go to "bench soak": -for 4m.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
scripts/build.sh
go build -o "$bin/bench" ./bench
exec "$bin/bench" soak -programs "$bin" -models "${VISAVIS_MODELS:-$var/models}" "$@"
