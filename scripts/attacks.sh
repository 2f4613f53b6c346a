#!/usr/bin/env bash
# Prints which attack numbers have a test. A test's name begins with the number: TestA037_wildcard_is_not_a_prefix, also as
# a subtest "A037: …" or "A037_…". With -quiet only what is wrong is printed. A test with a number that docs/attacks.md does not list
# is wrong.
source "$(dirname "$0")/lib.sh"

listed=$(grep -oE '^\| *A[0-9]{3}' docs/attacks.md | grep -oE 'A[0-9]{3}' | sort -u)
tested=$(git ls-files --cached --others --exclude-standard '*_test.go' 'internal/store/storetest/*.go' | xargs grep -ohE 'Test(A[0-9]{3}_)+|"A[0-9]{3}[ :_]' | grep -oE 'A[0-9]{3}' | sort | uniq -c | awk '{print $2, $1}')

if [ "${1:-}" != -quiet ]; then
  join -a 1 -e 0 -o 0,2.2 <(echo "$listed") <(echo "$tested") | while read -r number tests; do
    printf '%s %3d %s\n' "$number" "$tests" "$(grep -m1 -E "^\| *$number " docs/attacks.md | cut -d'|' -f3 | cut -c1-100)"
  done
fi
printf '%d of %d attacks have a test\n' "$(join <(echo "$listed") <(echo "$tested") | wc -l)" "$(echo "$listed" | wc -l)"

unknown=$(join -v 2 <(echo "$listed") <(echo "$tested") | cut -d' ' -f1)
[ -z "$unknown" ] || { printf 'tested, but not in docs/attacks.md: %s\n' "$(echo "$unknown" | tr '\n' ' ')"; exit 1; }
