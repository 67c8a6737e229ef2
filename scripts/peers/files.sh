#!/usr/bin/env bash
# files.sh FOLDER: two versions of a file; the second has a changed, a deleted, a repeated and a bad row.
set -euo pipefail
printf 'id,name,n\n1,ann,10\n2,bob,20\n3,cy,30\n4,dee,40\n' >"$1/first.csv"
printf 'id,name,n\n1,ann,10\n2,bob,21\n4,dee,40\n4,dee2,41\n5,eve,x\n' >"$1/next.csv"
