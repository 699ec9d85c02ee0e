#!/usr/bin/env bash
# Builds the Debian package into var/visavis_VERSION_ARCH.deb with Debian's own dpkg-deb:
# the program, its models, a hardened systemd unit, a commented settings file. The same
# commit gives the same bytes on the same machine.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
command -v dpkg-shlibdeps >/dev/null || install_packages dpkg-dev
scripts/build.sh
models=${VISAVIS_MODELS:-$var/models}
version=$("$bin/visavis" version | awk '{print $2}')
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
install -Dm755 "$bin/visavis" "$tree/usr/bin/visavis"
for model in "$models"/*.onnx; do
  install -Dm644 "$model" "$tree/usr/share/visavis/models/${model##*/}"
done
install -Dm644 scripts/deb/visavis.service "$tree/usr/lib/systemd/system/visavis.service"
install -Dm600 scripts/deb/visavis.env "$tree/etc/visavis/visavis.env"
for doc in docs/operations.md CHANGELOG.md NOTICE; do
  install -Dm644 "$doc" "$tree/usr/share/doc/visavis/${doc##*/}"
done
node scripts/release/licences.mjs "$root" >"$tree/usr/share/doc/visavis/LICENCES"
install -Dm644 LICENSE "$tree/usr/share/doc/visavis/copyright"
# The libraries that the program is linked with, in the versions that they came in.
work=$(mktemp -d)
trap 'rm -rf "$tree" "$work"' EXIT
mkdir "$work/debian"
printf 'Source: visavis\nPackage: visavis\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "$bin/visavis" 2>/dev/null | sed -n 's/^shlibs:Depends=//p') || true
[ -n "$libraries" ] || die "dpkg-shlibdeps found no libraries of $bin/visavis"
mkdir "$tree/DEBIAN"
cat >"$tree/DEBIAN/control" <<CONTROL
Package: visavis
Version: $version-1
Architecture: $arch
Maintainer: The Visavis authors <visavis@localhost>
Section: net
Priority: optional
Installed-Size: $(du -sk "$tree" | cut -f1)
Depends: $libraries, passwd, $({ scripts/packages.sh run; scripts/packages.sh fonts; } | paste -sd, | sed 's/,/, /g')
Recommends: postgresql, postgresql-client
Suggests: redis-server
Description: mobile capture for identity checks
 A desktop shows a QR code, the phone's browser captures a document and a selfie, and
 the server judges every frame. Around it runs the journey to a certificate.
CONTROL
echo /etc/visavis/visavis.env >"$tree/DEBIAN/conffiles"
install -m755 scripts/deb/postinst scripts/deb/prerm scripts/deb/postrm "$tree/DEBIAN/"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
out=$var/visavis_${version}-1_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$out" >&2
echo "$out"
