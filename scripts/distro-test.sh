#!/usr/bin/env bash
# Builds and tries the program on each supported release of Debian, in a chroot that
# debootstrap makes: the build of `make run`, tests of the parts that touch the
# distribution's libraries, the happy scenario on the built program, a benchmark of judging.
# Needs root and 6 GB of disk. The chroots are kept in var/distro; what is mounted in them
# ends with this process.
#   scripts/distro-test.sh [RELEASE ...]    bookworm and trixie when none is named
# With VISAVIS_EVAL the labelled images are measured too; eval.json of a release is beside
# its chroot. VISAVIS_DISTRO_CACHE names a Go build cache of the same release, to save time.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
[ "$(id -u)" = 0 ] || die "debootstrap and chroot need root"
releases=("$@")
[ ${#releases[@]} -gt 0 ] || releases=(bookworm trixie)
if [ -z "${VISAVIS_NAMESPACE:-}" ]; then
  install_packages debootstrap
  scripts/models.sh
  VISAVIS_NAMESPACE=1 exec unshare --mount --propagation private "$0" "${releases[@]}"
fi
models=$(realpath "${VISAVIS_MODELS:-$var/models}")
modules=$(go env GOMODCACHE)
mkdir -p "$var/distro" "$modules"

# share SOURCE TARGET [ro]: a folder of this machine within the chroot.
share() {
  mkdir -p "$2"
  mount --bind "$1" "$2"
  [ -z "${3:-}" ] || mount -o "remount,bind,$3" "$2"
}

try() {
  local release=$1 top=$var/distro/$1
  if [ ! -e "$top/.made" ]; then
    rm -rf "$top"
    say "$release: debootstrap"
    debootstrap --variant=minbase "$release" "$top" >"$top.log" 2>&1 || { tail -n 20 "$top.log" >&2; die "debootstrap of $release failed"; }
    touch "$top/.made"
  fi
  echo force-unsafe-io >"$top/etc/dpkg/dpkg.cfg.d/quick" # nobody needs it after a power cut
  # The files that git knows, as they are now.
  rm -rf "$top/src"
  mkdir -p "$top/src"
  git ls-files -z | tar -c --null -T - | tar -x -C "$top/src"
  mount -t proc none "$top/proc"
  mount -t tmpfs none "$top/tmp"
  share /dev "$top/dev"
  share "$(go env GOROOT)" "$top/usr/local/go" ro
  share "$modules" "$top/root/go/pkg/mod"
  share "$models" "$top/src/var/models" ro
  if [ -n "${VISAVIS_DISTRO_CACHE:-}" ]; then share "$VISAVIS_DISTRO_CACHE" "$top/root/.cache/go-build"; fi
  if [ -n "${VISAVIS_EVAL:-}" ]; then share "$(realpath "$VISAVIS_EVAL")" "$top/eval" ro; fi
  cp /etc/resolv.conf "$top/etc/resolv.conf"
  echo "127.0.0.1 localhost" >"$top/etc/hosts" # debootstrap writes none
  chroot "$top" /usr/bin/env -i HOME=/root PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 GOFLAGS="-trimpath -buildvcs=false" GOPROXY="$(go env GOPROXY)" GOTOOLCHAIN=local \
    VISAVIS_MODELS=/src/var/models VISAVIS_REQUIRE_MODELS=1 VISAVIS_MEASURE="${VISAVIS_EVAL:+/eval}" \
    /src/scripts/distro-inside.sh
  if [ -e "$top/src/var/eval.json" ]; then cp "$top/src/var/eval.json" "$var/distro/$release.eval.json"; fi
}

for release in "${releases[@]}"; do
  try "$release" 2>&1 | sed -u "s/^==> /==> $release: /"
done
say "built and tried on: ${releases[*]}"
