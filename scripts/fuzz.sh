#!/usr/bin/env bash
# Runs each fuzz target for a short while. Longer runs are for a quiet evening: FUZZTIME=1h scripts/fuzz.sh FuzzLoad
source "$(dirname "$0")/lib.sh"

only=${1:-Fuzz}
grep -rEl --include='*_test.go' "^func $only" internal cmd guard 2>/dev/null | sort | while read -r file; do
  sed -n "s/^func \($only[A-Za-z0-9_]*\)(f \*testing\.F.*/\1/p" "$file" | while read -r target; do
    printf '%s %s\n' "$(dirname "$file")" "$target"
    # A failure prints much more than success, and all of it is wanted.
    out=$(go test -run='^$' -fuzz="^$target\$" -fuzztime="${FUZZTIME:-5s}" "./$(dirname "$file")" 2>&1) || { printf '%s\n' "$out"; exit 1; }
  done
done
