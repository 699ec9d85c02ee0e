#!/usr/bin/env bash
# Tries the alert rules: each fires on its fault, none on a quiet day.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
command -v promtool >/dev/null || install_packages prometheus
cd "$root/docs/monitoring"
promtool check rules alerts.yml
promtool test rules alerts.test.yml
