#!/usr/bin/env bash
# Tries the files of docs/proxies and docs/Caddyfile with the real proxies, as Debian has
# them. Arguments go to go test: -run TestProxies/nginx.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
for program in nginx:nginx-light caddy:caddy haproxy:haproxy; do
  PATH=$PATH:/usr/sbin command -v "${program%%:*}" >/dev/null || {
    say "${program%%:*} is installed; where there is an init it starts as a service too, on port 80: systemctl disable --now ${program%%:*}"
    install_packages "${program##*:}"
  }
done
scripts/build.sh
PATH=$PATH:/usr/sbin VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models} \
  go test -tags chaos,proxies -count=1 -timeout 20m -v -run 'Proxies' ./qa/chaos "$@"
