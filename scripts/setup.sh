#!/usr/bin/env bash
# Installs what is missing for a purpose and says what it does. Safe to repeat.
#   scripts/setup.sh run | test | check
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"

purpose=${1:-run}
packages() { "$root/scripts/packages.sh" "$1"; }

command -v go >/dev/null || die "Go is missing: install Go $(sed -n 's/^go //p' go.mod) or newer from https://go.dev/dl"

mapfile -t wanted < <(
  packages build
  packages run
  packages specimen
  case $purpose in test | check) packages test ;; esac
  case $purpose in check) packages lint ;; esac
)
install_packages "${wanted[@]}"
install_node
online "$root/scripts/models.sh"

case $purpose in
  test | check)
    online go list -deps -test ./... >/dev/null # brings the modules
    # The browser tests' packages, exactly as in the lock file; no install scripts.
    if [ ! -e e2e/node_modules/.package-lock.json ] || [ e2e/package-lock.json -nt e2e/node_modules/.package-lock.json ]; then
      say "installing the browser tests' npm packages"
      online npm ci --prefix e2e --ignore-scripts --no-audit --no-fund --loglevel=error >&2
      touch e2e/node_modules/.package-lock.json
    fi
    # The client's own: its compiler, the linter of the AsyncAPI file; and what the tests of the API need.
    if [ ! -e clients/ts/node_modules/.package-lock.json ] || [ clients/ts/package-lock.json -nt clients/ts/node_modules/.package-lock.json ]; then
      say "installing the TypeScript client's npm packages"
      online npm ci --prefix clients/ts --ignore-scripts --no-audit --no-fund --loglevel=error >&2
      touch clients/ts/node_modules/.package-lock.json
    fi
    if [ ! -e clients/ts/dist/index.js ] || [ -n "$(find clients/ts/src clients/ts/tsconfig.json -newer clients/ts/dist/index.js)" ]; then
      say "compiling the TypeScript client"
      clients/ts/node_modules/.bin/tsc -p clients/ts
    fi
    # The Python client's one dependency, and a verifier of webhooks: wheels without compiled parts, by their hashes.
    if ! cmp -s clients/python/requirements.txt "$var/python/requirements.txt"; then
      say "making the Python client's environment"
      python3 -m venv --clear "$var/python"
      online "$var/python/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: --platform any \
        --target "$("$var/python/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" -r clients/python/requirements.txt
      cp clients/python/requirements.txt "$var/python/requirements.txt"
    fi
    "$root/scripts/fuzz-venv.sh"
    want=v1.8.0 # versitygw, pinned: the S3 server of the evidence's tests
    if [ "$(cat "$bin/versitygw.version" 2>/dev/null)" != "$want" ] || [ ! -x "$bin/versitygw" ]; then
      say "building versitygw $want"
      GOBIN=$bin online go install "github.com/versity/versitygw/cmd/versitygw@$want"
      echo "$want" >"$bin/versitygw.version"
    fi
    # The linter of certificates, as its own module pins it.
    if [ ! -x "$bin/zlint" ] || [ scripts/zlint/go.mod -nt "$bin/zlint" ]; then
      say "building zlint"
      online go build -C scripts/zlint -o "$bin/zlint" github.com/zmap/zlint/v3/cmd/zlint
    fi ;;
esac
case $purpose in
  check)
    want=v2.15.0 # golangci-lint, pinned
    if ! "$bin/golangci-lint" version 2>/dev/null | grep -q "${want#v}"; then
      say "building golangci-lint $want"
      GOBIN=$bin online go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$want"
    fi
    want=v1.9.0 # govulncheck, pinned: it finds calls of functions with a known vulnerability
    if [ "$(cat "$bin/govulncheck.version" 2>/dev/null)" != "$want" ] || [ ! -x "$bin/govulncheck" ]; then
      say "building govulncheck $want"
      GOBIN=$bin online go install "golang.org/x/vuln/cmd/govulncheck@$want"
      echo "$want" >"$bin/govulncheck.version"
    fi
    want=v1.38.0 # oasdiff, pinned: it finds breaking changes of the API
    if [ "$(cat "$bin/oasdiff.version" 2>/dev/null)" != "$want" ] || [ ! -x "$bin/oasdiff" ]; then
      say "building oasdiff $want"
      GOBIN=$bin online go install "github.com/oasdiff/oasdiff@$want"
      echo "$want" >"$bin/oasdiff.version"
    fi ;;
esac
