#!/usr/bin/env bash
# Measures on labelled images and on drawn ones (docs/accuracy.md says what).
#   scripts/eval.sh DIR [eval's flags]
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
data=${1:-}
[ -n "$data" ] || die "name the folder of labelled images: make eval DATA=../shared/eval"
shift
"$root/scripts/build.sh"
export VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models}
exec "$bin/eval" -program "$bin/visavis" "$@" "$data"
