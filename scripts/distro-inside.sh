#!/usr/bin/env bash
# The part of distro-test.sh that runs within a chroot, on a copy of the checkout in /src.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
say "what make run installs and builds"
scripts/setup.sh run >/tmp/setup.log 2>&1 || { tail -n 30 /tmp/setup.log >&2; die "setup.sh failed"; }
scripts/build.sh
say "OpenCV $(pkg-config --modversion opencv4), tesseract $(tesseract --version 2>&1 | awk 'NR == 1 {print $2}'), $(g++ --version | head -1)"
# The image's own list has the same libraries: a package of another name would miss here.
mapfile -t libraries < <(scripts/packages.sh runtime-libs)
for library in "${libraries[@]}"; do
  have_package "$library" || die "packages.sh runtime-libs names $library, which libopencv-dev did not bring"
done
say "doctor"
VISAVIS_PUBLIC_URL=https://127.0.0.1:8443 "$bin/visavis" doctor || die "doctor finds something missing"
install_packages procps openssl >/tmp/tools.log 2>&1 # kill for the tests of lost workers, openssl for the journey
say "go test of what touches the distribution's libraries"
go test -count=1 -timeout 30m ./capture/worker/... ./capture/opencv/... ./specimen ./demo
say "the happy scenario, and a journey through the built program: drawn pictures, judged, read, reviewed, certified"
"$bin/qa" run -server own -quiet qa/scenarios/happy.yaml
go test -count=1 -timeout 20m ./cmd/visavis -run 'AJourneyThroughTheWholeProgram'
say "bench"
go test -run '^$' -bench 'DocumentVerdict|DecodeGrey$' -benchtime 3s -count 3 ./capture/opencv | grep -E '^Benchmark'
if [ -n "${VISAVIS_MEASURE:-}" ]; then
  say "accuracy on the labelled images"
  "$bin/eval" -program "$bin/visavis" -workers 2 -only locate,quality,mrz,viz,face,match,still -out var/eval.json "$VISAVIS_MEASURE" >/tmp/eval.log 2>&1 ||
    { tail -n 30 /tmp/eval.log >&2; die "eval failed"; }
fi
