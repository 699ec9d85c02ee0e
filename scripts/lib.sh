# Shared by the scripts beside it; sourced, never run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export root
# Everything that is fetched or built stays here, outside of git.
var=$root/var
bin=$var/bin
export var bin

say() { printf '==> %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# online runs a command that needs the network, three times at most: a connection that is refused once stops nothing.
online() {
  local try
  for try in 1 2; do
    "$@" && return
    say "failed; once more in $((5 * try)) s: $*"
    sleep $((5 * try))
  done
  "$@"
}

# as_root runs a command with the rights to install packages.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root: run as root or install sudo, then again ($*)"
  fi
}

have_package() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# install_packages installs those of its arguments that are missing, from the
# distribution's own archive, and says which.
install_packages() {
  local missing=() p
  for p in "$@"; do
    have_package "$p" || missing+=("$p")
  done
  [ ${#missing[@]} = 0 ] && return 0
  command -v apt-get >/dev/null ||
    die "missing: ${missing[*]}. Only apt is known here (Debian 12 and 13, Ubuntu 24.04); install their like by hand."
  say "installing from the distribution's packages: ${missing[*]}"
  online from_archive "${missing[@]}" >&2
}

# from_archive installs packages. Each try begins with the lists: apt-get update succeeds where the archive was not
# reached, and the packages are then unknown.
from_archive() {
  as_root apt-get update -q &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# install_node takes the machine's Node.js when it is 18 or newer and has npm,
# else the distribution's.
install_node() {
  if command -v node >/dev/null && command -v npm >/dev/null &&
    [ "$(node -p 'parseInt(process.versions.node)')" -ge 18 ]; then
    return 0
  fi
  install_packages nodejs npm
}

# free_port prints a TCP port of the loopback address that nobody listens on.
free_port() {
  node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}
