#!/usr/bin/env bash
# csvq 1.18.1 (go install): values of a CSV file that look like numbers are compared as numbers, and texts without
# regard to letters' case, also by JOIN and DISTINCT.
#
# Output: a join finds `007` = 7, `1e1` = 10 and ` 5 ` = 5; DISTINCT of 01, 1, A, a, true, TRUE keeps
# 01 and A alone (true is 1).
#
# A guess ("a file has no types, so keys are compared as the text that they are") would have cost rows in a check of
# two exports: keys that a database keeps apart count as found.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
cd "$work"
GOPATH="$work/go" GOBIN="$work/bin" go install github.com/mithrandie/csvq@v1.18.1 2>/dev/null
printf 'id,email\n007,a@example.com\n1e1,b@example.com\n 5 ,c@example.com\n' >a.csv
printf 'id,name\n7,seven\n10,ten\n5,five\n' >b.csv
printf 'v\n01\n1\nA\na\ntrue\nTRUE\n' >c.csv
export HOME="$work"
{
  bin/csvq --format CSV 'SELECT a.id, b.name FROM a JOIN b ON a.id = b.id'
  bin/csvq --format CSV 'SELECT DISTINCT v FROM c'
} | tee seen
diff - seen <<'TEXT'
id,name
007,seven
1e1,ten
 5 ,five
v
01
A
TEXT
