#!/usr/bin/env bash
# gocsv v0.0.0-20240520201108-78e41c74b4b1 (Go): whole numbers of a file are read as Go's own literals, cut at the point
# and cut to the size of the field, without an error.
#
# Output: 010 into an int is 8, 0x10 is 16, 1.9 is 1, an empty field is 0, 300 into a uint8 is 44. csvutil 1.10.0 reads
# 010 as 10 and refuses the four others.
#
# A guess ("strconv.Atoi, as encoding/json is strict: 10, or an error") would have cost: ids that were padded to one
# width become other ids that exist, and 08 alone stops the load, which hides what happened to 07 and 010.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
cd "$work"
export GOPATH="$work/go" GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.21
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/gocarina/gocsv"
	"github.com/jszwec/csvutil"
)

type Row struct {
	ID   int   `csv:"id"`
	Size uint8 `csv:"size"`
}

func main() {
	for _, line := range []string{"010,1", "0x10,1", "1.9,1", ",1", "1,300"} {
		var lax, strict []Row
		text := "id,size\n" + line + "\n"
		if err := gocsv.UnmarshalString(text, &lax); err != nil {
			panic(err)
		}
		err := csvutil.Unmarshal([]byte(text), &strict)
		fmt.Println(line, "gocsv", lax, "csvutil", strict, err != nil)
	}
}
GO
go get github.com/gocarina/gocsv@v0.0.0-20240520201108-78e41c74b4b1 github.com/jszwec/csvutil@v1.10.0 2>/dev/null
go run . | tee seen
diff - seen <<'TEXT'
010,1 gocsv [{8 1}] csvutil [{10 1}] false
0x10,1 gocsv [{16 1}] csvutil [] true
1.9,1 gocsv [{1 1}] csvutil [] true
,1 gocsv [{0 1}] csvutil [] true
1,300 gocsv [{1 44}] csvutil [] true
TEXT
