#!/usr/bin/env bash
# The checks to run while writing: no race detector, no fuzzing, cached results count.
source "$(dirname "$0")/lib.sh"

step 'formatting' formatted
step 'vet' go vet $(packages)
step 'tests' go test -short $(packages)
