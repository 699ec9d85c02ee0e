#!/usr/bin/env bash
# Breaks what a server rests on while people use it, and says of each fault what was lost:
# qa/chaos. Arguments go to go test: -run Redis. VISAVIS_KILLS is how often a server is killed in
# a journey on each database (20), VISAVIS_KILLS_SEED the seed of the first such moment,
# VISAVIS_CHAOS_SLACK multiplies promised times on a machine that does other work.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
scripts/build.sh
VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models} go test -tags chaos -count=1 -timeout 60m -v ./qa/chaos "$@"
