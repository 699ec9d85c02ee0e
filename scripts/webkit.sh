#!/usr/bin/env bash
# Installs Debian's WebKit and a screen that nobody sees, and runs the browser test of the
# scripted camera in it. Not part of make test: 40 packages, half a minute to install.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
mapfile -t wanted < <(scripts/packages.sh webkit)
install_packages "${wanted[@]}"
scripts/build.sh
cd e2e && exec node --test webkit-camera.js
