#!/usr/bin/env bash
# Makes sure that everything the checks need is there. As root on Debian it installs what is missing; elsewhere it says
# what to install.
source "$(dirname "$0")/lib.sh"

missing=()
need() { # command, Debian package
  command -v "$1" >/dev/null || missing+=("$2")
}

need git git
need curl curl # the examples of the documents are run
need python3 python3
need node nodejs # an independent OAuth client, and the rules of accessibility
need npm npm
need chromium chromium # the pages are looked at
need gcc gcc # for the race detector
# The C library's headers come in a package of their own.
echo '#include <stdlib.h>' | gcc -E - >/dev/null 2>&1 || missing+=(libc6-dev)
# Debian keeps the programs of the PostgreSQL server out of PATH.
command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing: ${missing[*]}" >&2
    echo "install them, on Debian with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  # The tests start a server of their own; the cluster that the package would make is not wanted.
  if [[ " ${missing[*]} " == *" postgresql "* ]]; then
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if ! command -v go >/dev/null; then
  echo "missing: Go $(sed -n 's/^go //p' go.mod) or newer; see https://go.dev/dl" >&2
  exit 1
fi
go version

# Exactly what the lock file names, and no scripts of others.
npm ci --prefix browser --ignore-scripts --no-progress --loglevel=error
