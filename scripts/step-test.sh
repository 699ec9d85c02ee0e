#!/usr/bin/env bash
# Has a real step-ca issue: the client's test, and the whole journey in a browser.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"

want=v0.30.2 # step-ca, pinned
if [ "$(cat "$bin/step-ca.version" 2>/dev/null)" != "$want" ] || [ ! -x "$bin/step-ca" ]; then
  say "building step-ca $want"
  CGO_ENABLED=0 GOBIN=$bin go install "github.com/smallstep/certificates/cmd/step-ca@$want"
  echo "$want" >"$bin/step-ca.version"
fi
export VISAVIS_STEP_CA=$bin/step-ca VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models}
go test -count=1 ./certificate/stepca
"$root/scripts/build.sh"
(cd e2e && node --test step.js)
