# Shared by the scripts beside it; sourced, never run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The modules of this repository. `./...` does not cross from one into another.
modules() {
  local m
  for m in . examples bench browser; do
    [ -f "$m/go.mod" ] && echo "$m"
  done
}

# step runs one check, says what it is, and how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@" || { printf '== %s: FAILED\n' "$name"; exit 1; }
  printf '== %s: ok, %ds\n' "$name" $((SECONDS - began))
}

# packages names those of every module. A command that has all of them at once keeps every core busy until the last.
packages() {
  modules | sed 's|$|/...|; s|^[^.]|./&|'
}

# tool prints the path of a program that tools/go.mod names, building it when it is not cached. The workspace is left out,
# because it has no room for a second go.mod.
tool() {
  GOWORK=off go tool -modfile=tools/go.mod -n "$1"
}

formatted() {
  local wrong
  wrong=$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 -r ls 2>/dev/null | xargs -r gofmt -l)
  [ -z "$wrong" ] || { printf 'gofmt would change:\n%s\n' "$wrong"; return 1; }
}
