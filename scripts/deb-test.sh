#!/usr/bin/env bash
# Installs, starts, upgrades, removes and purges the Debian package over this machine's own
# files, which stay as they are: an overlay in memory. Needs root. What a running systemd
# would forbid is not tried; the unit is read and rated by systemd-analyze.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || die "an overlay over / needs root"
deb=${1:-$(find "$var" -maxdepth 1 -name 'visavis_*.deb' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)}
if [ -z "${VISAVIS_OVERLAY:-}" ]; then
  say "unit: at most 2.5 of systemd-analyze security"
  systemd-analyze security --offline=true --no-pager --threshold=25 "$root/scripts/deb/visavis.service" | tail -1
  VISAVIS_OVERLAY=1 exec unshare --mount --pid --fork --net "$0" "$deb"
fi
top=$(mktemp -d)
mount -t tmpfs none "$top"
mkdir "$top/up" "$top/work" "$top/root"
mount -t overlay none -o "lowerdir=/,upperdir=$top/up,workdir=$top/work" "$top/root"
mount -t proc none "$top/root/proc"
mount --bind /dev "$top/root/dev"
mount -t tmpfs none "$top/root/run"
ip link set lo up
cp "$deb" "$top/root/visavis.deb"
inside() { chroot "$top/root" "$@"; }
expect() {
  local what=$1
  shift
  "$@" >"$top/said" 2>&1 || { cat "$top/said" >&2; die "$what"; }
  say "$what"
}
missing() { ! inside test -e "$1"; }
expect "installed" inside dpkg -i --force-depends /visavis.deb
expect "a user of its own" inside getent passwd visavis
expect "settings for root alone" test "$(stat -c %a:%U "$top/root/etc/visavis/visavis.env")" = 600:root
(exec chroot "$top/root" sh -c 'set -a; . /etc/visavis/visavis.env; exec setpriv --reuid visavis --regid visavis --clear-groups --no-new-privs \
  visavis serve --env development --listen 127.0.0.1:8443 --http-listen off --public-url https://127.0.0.1:8443') >"$top/log" 2>&1 &
server=$!
healthy() { for _ in $(seq 600); do inside visavis healthcheck 2>/dev/null && return; sleep 0.1; done; cat "$top/log"; return 1; }
export VISAVIS_LISTEN=127.0.0.1:8443
expect "the server starts as that user and is healthy" healthy
expect "it keeps its files in /var/lib/visavis" inside test -f /var/lib/visavis/visavis.db
echo '# mine' >>"$top/root/etc/visavis/visavis.env"
expect "upgraded" inside dpkg -i --force-depends /visavis.deb
expect "the settings stay" inside grep -q '^# mine' /etc/visavis/visavis.env
kill "$server"
expect "the server stops in order" wait "$server"
expect "a backup as that user" inside setpriv --reuid visavis --regid visavis --clear-groups visavis backup /var/lib/visavis/backup --data /var/lib/visavis
expect "removed" inside dpkg -r visavis
expect "the program is gone" missing /usr/bin/visavis
expect "the settings are not" inside test -f /etc/visavis/visavis.env
expect "purged" inside dpkg -P visavis
expect "the settings are gone" missing /etc/visavis
expect "what people entrusted is not" inside test -f /var/lib/visavis/visavis.db
say "the package holds"
