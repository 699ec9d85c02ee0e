#!/usr/bin/env bash
# Plays attacks on captures and measures which signals notice them (docs/presence.md says what).
#   scripts/attack.sh [DIR] [eval attack's flags]
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
data=${1:-}
[ $# -eq 0 ] || shift
"$root/scripts/build.sh"
exec "$bin/eval" attack -program "$bin/visavis" -models "${VISAVIS_MODELS:-$var/models}" "$@" ${data:+"$data"}
