#!/usr/bin/env bash
# Installs schemathesis, pinned, into an environment of its own, if it is not there yet.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
want=4.32.5
[ "$(cat "$var/python-fuzz/version" 2>/dev/null)" != "$want" ] || exit 0
install_packages python3-venv
say "installing schemathesis $want"
python3 -m venv --clear "$var/python-fuzz"
online "$var/python-fuzz/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$want"
echo "$want" >"$var/python-fuzz/version"
