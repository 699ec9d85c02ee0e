#!/usr/bin/env bash
# Measures what a user could take instead on the same images, and prints it beside
# Visavis: tesseract alone, PassportEye's method, npm mrz-detection, npm jscanify.
#   scripts/peers.sh DIR      SECONDS_EACH=240 bounds each peer
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
data=${1:-}
[ -n "$data" ] || die "name the folder of labelled images: make eval-peers DATA=../shared/eval"
mapfile -t packages < <(scripts/packages.sh peers)
install_packages "${packages[@]}"
install_node
each=${SECONDS_EACH:-240}
work=$var/peers
mkdir -p "$work"
cp scripts/peers/package.json scripts/peers/package-lock.json "$work/"
printf 'module peers\n' >"$work/go.mod" # npm packages hold Go files too: not of our module
say "npm: mrz-detection, jscanify"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
python=/usr/bin/python3 # the distribution's, which has its packages
"$python" scripts/peers/prepare.py "$data" "$work"

say "tesseract alone, PassportEye's method"
OMP_THREAD_LIMIT=1 timeout "$((2 * each + 60))" "$python" scripts/peers/read.py "$work" "$((2 * each))" || say "broken off"
say "mrz-detection"
timeout "$((each + 60))" node scripts/peers/mrz.cjs "$work" "$each" || say "broken off"
say "jscanify"
timeout "$((each + 60))" node scripts/peers/corners.cjs "$work" "$each" || say "broken off"

scripts/build.sh
export VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models}
say "Visavis on the same images"
"$bin/eval" -program "$bin/visavis" -only locate,mrz,time -effort 0.01 -out "$work/ours.json" "$data" >/dev/null || say "not all could be measured"
say "Visavis on the cut-out zones"
"$bin/eval" -program "$bin/visavis" -only mrz -effort 0.01 -out "$work/upright.json" "$work/upright" >/dev/null || say "not all could be measured"
"$python" scripts/peers/report.py "$work" "$work/ours.json" "$work/upright.json" | tee "$var/peers.md"
