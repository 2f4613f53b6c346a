#!/usr/bin/env bash
# Every check. Fuzz targets run over their corpora here, which decides the same way each time; make fuzz looks for more.
source "$(dirname "$0")/lib.sh"

tidy() {
  local m
  for m in $(modules); do
    GOWORK=off go -C "$m" mod tidy -diff || return 1
  done
}

static() {
  local staticcheck errcheck
  staticcheck=$(tool staticcheck) && errcheck=$(tool errcheck) || return 1
  "$staticcheck" $(packages) || return 1
  "$errcheck" -ignoretests -exclude scripts/errcheck.txt ./...
}

# tests runs all tests with the race detector, on all packages but those that would only be slow with it: the translated
# SQLite, whose memory is not Go's, so that the detector sees nothing there, and the arithmetic of the password hash. The
# driver above SQLite is watched. Vet has run already.
tests() {
  local plain=() p
  for p in modernc.org/sqlite/lib modernc.org/libc/... modernc.org/memory golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b; do
    plain+=("-gcflags=$p=-race=false")
  done
  in_memory go test -race "${plain[@]}" -vet=off -shuffle=on -timeout 20m $(packages)
}

# in_memory runs a command whose temporary files lie in memory, where the machine has a place for them with 4 GiB of room that
# programs may run in: each database is synced at each commit, and no test pulls the plug.
in_memory() {
  local dir
  dir=$(mktemp -d -p /dev/shm prokura.XXXXXX 2>/dev/null) || { "$@"; return; }
  trap "chmod -R u+w '$dir'; rm -rf '$dir'" EXIT
  chmod 711 "$dir" # PostgreSQL runs as a user of its own
  if [ "$(df --output=avail -k "$dir" | tail -1)" -ge 4194304 ] && cp /bin/true "$dir/true" && "$dir/true" 2>/dev/null; then
    TMPDIR=$dir GOTMPDIR=${TMPDIR:-/tmp} "$@"
  else
    "$@"
  fi
}

# generated compares what is committed or being written with what the generators make of it.
generated() {
  local before after
  before=$(git diff | sha1sum)
  go generate ./...
  after=$(git diff | sha1sum)
  [ "$before" = "$after" ] || { echo 'generated files are not what their sources say; commit the outcome of make generate'; return 1; }
}

step 'formatting' formatted
step 'go.mod files are tidy' tidy
step 'build' go build $(packages)
step 'vet' go vet $(packages)
step 'staticcheck, errcheck' static
step 'tests, with the race detector' tests
step 'generated files' generated
step 'two clean builds are the same' scripts/reproducible.sh
step 'attack numbers' scripts/attacks.sh -quiet
printf '\neverything passed, %ds\n' "$SECONDS"
