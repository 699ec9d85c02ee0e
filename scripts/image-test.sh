#!/usr/bin/env bash
# Builds the Dockerfile and runs the image, without a registry: buildah in chroot isolation
# over base images that debootstrap makes under the names that the Dockerfile uses. Needs
# root and 8 GB of disk; everything is in var/image.
#   scripts/image-test.sh [FLAG ...]    flags for buildah build. These save the compiler's time:
#   --volume "$(go env GOCACHE):/root/.cache/go-build" --volume "$(go env GOMODCACHE):/go/pkg/mod"
set -euo pipefail
. "$(dirname "$0")/lib.sh"
cd "$root"
[ "$(id -u)" = 0 ] || die "debootstrap and chroot isolation need root"
install_packages buildah debootstrap
folder=$var/image
mkdir -p "$folder"
echo "module image" >"$folder/go.mod" # so that ./... of this repository does not look into the images
buildah() { command buildah --root "$folder/storage" --runroot "$folder/run" "$@"; }
export BUILDAH_ISOLATION=chroot
image=localhost/visavis:test

# The bases: one that has Go and one that has not, of the same release.
golang=$(sed -n 's/^FROM \(golang:[^ ]*\) AS build$/\1/p' Dockerfile)
debian=$(sed -n 's/^FROM \(debian:[^ ]*\)$/\1/p' Dockerfile)
release=${golang##*-}
[ "$debian" = "debian:$release-slim" ] || die "Dockerfile: $golang and $debian are not of one release"
if ! buildah inspect --type image "docker.io/library/$golang" >/dev/null 2>&1; then
  if [ ! -e "$folder/$release.made" ]; then
    say "debootstrap of $release"
    rm -rf "${folder:?}/$release"
    debootstrap --variant=minbase --include=ca-certificates "$release" "$folder/$release" \
      >"$folder/debootstrap.log" 2>&1 ||
      { tail -n 20 "$folder/debootstrap.log" >&2; die "debootstrap failed"; }
    touch "$folder/$release.made"
  fi
  # What this machine trusts, such as a proxy that opens TLS, its containers trust.
  if [ -d /usr/local/share/ca-certificates ]; then
    cp -r /usr/local/share/ca-certificates "$folder/$release/usr/local/share/"
    chroot "$folder/$release" update-ca-certificates >/dev/null 2>&1
  fi
  say "$debian"
  base=$(buildah from scratch)
  buildah copy -q "$base" "$folder/$release" / >/dev/null
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd bash "$base"
  buildah commit -q "$base" "docker.io/library/$debian" >/dev/null
  say "$golang, with $(go env GOVERSION)"
  buildah copy -q "$base" "$(go env GOROOT)" /usr/local/go >/dev/null
  buildah config --env GOPATH=/go --env GOTOOLCHAIN=local --env GOFLAGS=-trimpath \
    --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \
    --env npm_config_cafile=/etc/ssl/certs/ca-certificates.crt \
    --env PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$base"
  buildah commit -q --rm "$base" "docker.io/library/$golang" >/dev/null
fi
say "building the image"
buildah build --pull-never --layers --format docker --tag "$image" "$@" . >"$folder/build.log" 2>&1 ||
  { tail -n 30 "$folder/build.log" >&2; die "the image was not built: $folder/build.log"; }

expect() {
  local what=$1
  shift
  "$@" || die "$what"
  say "$what"
}
config() { buildah inspect --type image --format "{{.Docker.Config.$1}}" "$image"; }
expect "user 10001" test "$(config User)" = 10001
expect "a health check" grep -q 'visavis healthcheck' <<<"$(config Healthcheck.Test)"
box=$(buildah from --pull-never "$image")
server=
trap '[ -z "$server" ] || kill -- "-$server"; wait; buildah rm "$box" >/dev/null' EXIT
port=$(free_port)
inside() { buildah run --env VISAVIS_LISTEN="127.0.0.1:$port" --env VISAVIS_HTTP_LISTEN=off \
  --env VISAVIS_PUBLIC_URL="https://127.0.0.1:$port" "$box" -- "$@"; }
wanted=$(sed -n 's/^    image: postgres:\([0-9]*\).*/\1/p' compose.yaml)
have=$(inside pg_dump --version | sed 's/.* \([0-9]*\)\..*/\1/')
expect "pg_dump $have for compose's PostgreSQL $wanted" test "$have" -ge "$wanted"
expect "licences of what is linked" inside test -s /usr/share/doc/visavis/LICENCES
set -m # a process group of its own: all that buildah starts ends with it
inside visavis serve >"$folder/serve.log" 2>&1 &
server=$!
set +m
healthy() {
  for _ in $(seq 300); do
    inside visavis healthcheck 2>/dev/null && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.5
  done
  cat "$folder/serve.log" >&2
  return 1
}
expect "it serves and its health check is green" healthy
expect "its data are in the volume" inside test -f /data/visavis.db
say "the image holds"
