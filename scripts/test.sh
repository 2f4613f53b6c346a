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
  local staticcheck errcheck m
  staticcheck=$(tool staticcheck) && errcheck=$(tool errcheck) || return 1
  for m in $(modules); do
    (cd "$m" && "$staticcheck" ./...) || return 1
  done
  "$errcheck" -ignoretests -exclude scripts/errcheck.txt ./...
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
step 'build' each build ./...
step 'vet' each vet ./...
step 'staticcheck, errcheck' static
step 'tests, with the race detector' each test -race -shuffle=on -timeout 30m ./...
step 'generated files' generated
step 'two clean builds are the same' scripts/reproducible.sh
step 'attack numbers' scripts/attacks.sh -quiet
printf '\neverything passed, %ds\n' "$SECONDS"
