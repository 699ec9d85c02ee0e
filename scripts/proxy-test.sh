#!/usr/bin/env bash
# Tries the files of docs/proxies and docs/Caddyfile with the real proxies, as Debian has
# them. Arguments go to go test: -run TestProxies/nginx.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
# Installing nginx, Caddy or HAProxy starts it as a service where there is an init: not wanted here.
for program in nginx:nginx-light caddy:caddy haproxy:haproxy; do
  PATH=$PATH:/usr/sbin command -v "${program%%:*}" >/dev/null || install_packages "${program##*:}"
done
scripts/build.sh
PATH=$PATH:/usr/sbin VISAVIS_MODELS=${VISAVIS_MODELS:-$var/models} \
  go test -tags chaos,proxies -count=1 -timeout 20m -v -run 'Proxies' ./qa/chaos "$@"
