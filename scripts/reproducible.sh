#!/usr/bin/env bash
# Builds the binary twice, in two directories and with two empty caches, and compares the results byte for byte (A264).
source "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
for n in one two; do
  mkdir -p "$work/$n"
  git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - 2>/dev/null | tar -x -C "$work/$n"
  (cd "$work/$n" && GOCACHE="$work/cache-$n" CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$work/prokura-$n" ./cmd/prokura)
  rm -rf "$work/cache-$n"
done
cmp "$work/prokura-one" "$work/prokura-two"
sha256sum "$work/prokura-one" | cut -d' ' -f1
