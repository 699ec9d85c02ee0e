#!/usr/bin/env bash
# Lets schemathesis call the API in every way that its OpenAPI file allows, and in some
# that it does not. It fails on a 5xx, and on an answer that the file does not describe.
# FUZZ_SECONDS bounds it; FUZZ_SEED has it make the same calls again.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
seconds=${FUZZ_SECONDS:-600}
venv=$var/python-fuzz
scripts/fuzz-venv.sh
data=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
VISAVIS_LISTEN=127.0.0.1:$port VISAVIS_HTTP_LISTEN=off VISAVIS_TLS=off VISAVIS_PUBLIC_URL=http://localhost:$port VISAVIS_DATA=$data \
  "$bin/visavis" serve --api-rate=10000000 >"$data/log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server || true; rm -rf "$data"' EXIT
ready() { "$bin/visavis" healthcheck --url "http://127.0.0.1:$port/readyz" >/dev/null 2>&1; }
for _ in $(seq 100); do ready && break; sleep 0.2; done
ready || { cat "$data/log" >&2; die "the server is not ready"; }
# Waiting for events is left out of it: each of its calls would wait.
cd "$data" # it keeps what it found where it runs
# Its end by the time is no failure; what it found until then is.
timeout -s INT -k 30 "$seconds" "$venv"/bin/schemathesis run "http://127.0.0.1:$port/v1/openapi.json" -H "Authorization: Bearer $(cat "$data/test-site.key")" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --exclude-operation-id list-events ${FUZZ_SEED:+--seed "$FUZZ_SEED"} --max-examples 1000 --no-color | tee "$data/out" || true
if grep -q 'level=ERROR' "$data/log"; then
  grep 'level=ERROR' "$data/log" | head -20
  exit 1
fi
grep -q 'Test cases:' "$data/out" && ! grep -q '= FAILURES =' "$data/out"
