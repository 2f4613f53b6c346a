#!/usr/bin/env bash
# Runs the benchmarks: those of the packages, then the comparisons in bench/, each with its peer in the same run.
source "$(dirname "$0")/lib.sh"

step 'packages' go test -run='^$' -bench=. -benchmem ./internal/...
if [ -f bench/go.mod ]; then
  step 'comparisons' go -C bench test -run='^$' -bench=. -benchmem -timeout 60m ./...
fi
