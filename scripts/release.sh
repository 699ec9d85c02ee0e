#!/usr/bin/env bash
# Builds what a release publishes into var/release, from a clone of the commit: the source,
# the Debian package, the list of all parts (CycloneDX), the licences of what is linked, the
# sums. The same commit gives the same bytes with the same Go on the same release of Debian.
#   scripts/release.sh          build
#   scripts/release.sh verify   build, build again from another clone with an empty cache
#                               (or that of VISAVIS_SECOND_CACHE), compare
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
export LC_ALL=C TZ=UTC GOFLAGS=-trimpath
umask 022
[ -z "$(git status --porcelain)" ] || die "the checkout has changes: commit them first, a release is a commit"
commit=$(git rev-parse HEAD)
VISAVIS_MODELS=$(realpath "${VISAVIS_MODELS:-$var/models}")
export VISAVIS_MODELS
want=v1.10.0 # cyclonedx-gomod, pinned
if [ "$(cat "$bin/cyclonedx-gomod.version" 2>/dev/null)" != "$want" ]; then
  say "building cyclonedx-gomod $want"
  GOBIN=$bin go install "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$want"
  echo "$want" >"$bin/cyclonedx-gomod.version"
fi
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# build NAME: a clone, and its release in $work/NAME/out.
build() {
  local clone=$work/$1/clone out=$work/$1/out
  mkdir -p "$out"
  git clone -q --no-hardlinks "$root" "$clone"
  git -C "$clone" checkout -q --detach "$commit"
  cd "$clone"
  local deb program=$clone/var/bin/visavis version raw=$work/$1/raw.json
  deb=$(scripts/deb.sh)
  version=$("$program" version | awk '{print $2}')
  mv "$deb" "$out/"
  git archive --format=tar --prefix="visavis-$version/" HEAD | gzip -n -9 >"$out/visavis-$version.tar.gz"
  "$bin/cyclonedx-gomod" bin -json -std -licenses -assert-licenses -noserial -notimestamp -version "$version" \
    -output "$raw" "$program" 2>/dev/null
  dpkg-deb -f "$out/${deb##*/}" Depends | tr , '\n' | awk '{print $1}' | sort -u |
    xargs dpkg-query -W -f "\${Package} \${Version} \${Architecture}\n" |
    node scripts/release/parts.mjs "$raw" "$VISAVIS_MODELS" >"$out/visavis-$version.cdx.json"
  node scripts/release/licences.mjs "$clone" >"$out/visavis-$version.licences.txt"
  (cd "$out" && sha256sum -- * >SHA256SUMS)
  cd "$root"
}

say "a clone of $commit"
build first
if [ "${1:-}" = verify ]; then
  say "the same from another clone"
  GOCACHE=${VISAVIS_SECOND_CACHE:-$work/cache} build "second, elsewhere"
  diff -r "$work/first/out" "$work/second, elsewhere/out" || die "two builds of one commit differ"
  say "two builds, the same bytes"
fi
rm -rf "$var/release"
mv "$work/first/out" "$var/release"
cat "$var/release/SHA256SUMS"
