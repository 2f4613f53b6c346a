#!/usr/bin/env bash
# Runs the benchmarks: the comparisons of docs/performance.md, each with its peer in the same run, then those of the
# packages, briefly. About eleven minutes. PARTS="decision gateway" runs only some of the comparisons: decision, gateway,
# signin, tokens, introspect, refresh, installs, governance, memory. BENCH_PAIRS=10 shortens those over HTTP and governance,
# BENCH_FAMILIES=10000 its filling.
source "$(dirname "$0")/lib.sh"

step 'comparisons' go -C bench run . ${PARTS:-}
step 'packages' go test -run='^$' -bench=. -benchmem -benchtime=100ms ./internal/...
