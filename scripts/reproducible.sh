#!/usr/bin/env bash
# Builds the binary twice, in two directories and with two empty caches, and compares the results byte for byte (A264).
source "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
# The tree as it is now, without what is deleted but not yet committed, and both copies of one moment.
mkdir "$work/one"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do
  [ ! -e "$f" ] || printf '%s\0' "$f"
done | tar -c --null -T - | tar -x -C "$work/one"
cp -r "$work/one" "$work/two"
for n in one two; do
  (cd "$work/$n" && GOCACHE="$work/cache-$n" CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$work/prokura-$n" ./cmd/prokura)
  rm -rf "$work/cache-$n"
done
cmp "$work/prokura-one" "$work/prokura-two"
sha256sum "$work/prokura-one" | cut -d' ' -f1
