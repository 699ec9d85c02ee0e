#!/usr/bin/env bash
# The linters: Go, shell, YAML, JavaScript types, Dockerfile. Tests are test.sh's.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
say "gofmt" && test -z "$(gofmt -l . | tee /dev/stderr)"
say "golangci-lint" && "$bin/golangci-lint" run ./...
# The one check that asks a server, unless VISAVIS_VULNDB names a copy of its records, such as file:///srv/vulndb.
vulndb=${VISAVIS_VULNDB:-https://vuln.go.dev}
if [[ $vulndb == file:* ]] || curl -sfo /dev/null --max-time 10 "$vulndb/index/db.json"; then
  say "govulncheck" && "$bin/govulncheck" -db "$vulndb" ./...
else
  say "govulncheck is left out: $vulndb does not answer; VISAVIS_VULNDB may name a copy"
fi
say "go vet of what a tag builds" && go vet -tags chaos,proxies ./qa/chaos
say "shellcheck" && shellcheck -x -P SCRIPTDIR scripts/*.sh .ci/run
say "yamllint" && yamllint -s -d '{extends: default, rules: {line-length: {max: 160}, document-start: disable, comments: {min-spaces-from-content: 1}, truthy: {allowed-values: ["true", "false", "on"]}}}' \
  compose.yaml .golangci.yml qa/scenarios docs/monitoring
say "tsc over JSDoc types" && e2e/node_modules/.bin/tsc -p static/jsconfig.json --noEmit && e2e/node_modules/.bin/tsc -p e2e
say "asyncapi" && node clients/ts/asyncapi.mjs
# What the last release promised to other sites still holds. A release copies current.json over released.json.
say "oasdiff" && "$bin/oasdiff" breaking --fail-on ERR server/api/openapi/released.json server/api/openapi/current.json
say "dockerfile" && e2e/node_modules/.bin/dockerfile-utils lint Dockerfile
say "all linters passed"
